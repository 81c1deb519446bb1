"""A scan into history: read → recognise → record → recompute, in a number of statements that doesn't grow."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from clubs.changes import club_changed, lock_club
from clubs.choices import MetricName, PageType, ScanStatus
from clubs.exceptions import TooManyMembers
from clubs.matching import How
from clubs.models import NAME_LENGTH, Scan
from clubs.names import folded
from clubs.ocr import read
from clubs.payloads import MOST_ROWS
from clubs.readings import Page, Problem
from clubs.roster import MOST_MEMBERS, Roster
from clubs.sightings import Person, Recognised, recognise
from clubs.statements import RECORD, SEEN
from slimy.sql import one, query

PAGE_TYPES = {"sim": PageType.SIM, "total": PageType.TOTAL, None: PageType.MEMBERS}


@dataclass(frozen=True)
class Submission:
    """What was sent, by whom and when; `page_type`, `observed_at` and `complete` only if they were given.

    `confirmed` says that it was compared with what was known before, by rule or by a person.
    """

    id: UUID
    guild_id: str
    ocr_result: dict[str, Any]
    accepted_at: datetime
    submitted_by: int
    page_type: str | None = None
    observed_at: datetime | None = None
    complete: bool | None = None
    confirmed: bool = False

    @property
    def moment(self) -> datetime:
        """When it was observed."""
        return self.observed_at or self.accepted_at

    @property
    def fingerprint(self) -> str:
        """The same for the same scan sent again: of the same moment or, when none was given, on the same day."""
        when = self.observed_at.astimezone(UTC) if self.observed_at else self.accepted_at.astimezone(UTC).date()
        what = [self.ocr_result, self.page_type, self.complete, when.isoformat()]
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Ingested:
    """The scan, and whether it had been ingested before, so that nothing changed."""

    scan: Scan
    repeated: bool = False


def ingest(sent: Submission) -> Ingested:
    """Bring a scan into the history of its club; call it in a transaction, which it locks the guild for.

    The same scan again changes nothing. Raises GuildNotFound, TooManyMembers.
    """
    lock_club(sent.guild_id)
    before = Scan.objects.defer("raw", "rows").filter(guild=sent.guild_id, fingerprint=sent.fingerprint).first()
    if before:
        return Ingested(before, repeated=True)
    page = read(sent.ocr_result, sent.page_type)
    if not page.is_members:
        return Ingested(_skip(sent, page))
    roster = Roster.of(sent.guild_id, sent.moment)
    found = recognise(page, roster, confirmed=sent.confirmed)
    _refuse_too_many(found, roster)
    ids = _see(sent, found, roster)
    scan = _scan(sent, page, found, ids)
    scan.metrics_recorded = _record(scan, found, ids)
    club_changed(sent.guild_id)
    return Ingested(scan)


def _refuse_too_many(found: Recognised, roster: Roster) -> None:
    if len(found.people) > MOST_ROWS:
        raise TooManyMembers(f"A scan may show at most {MOST_ROWS} members.")
    if len(roster.members) + sum(person.member is None for person in found.people) > MOST_MEMBERS:
        raise TooManyMembers(f"A club may have at most {MOST_MEMBERS} members that were ever seen.")


def _see(sent: Submission, found: Recognised, roster: Roster) -> dict[str, int]:
    """Touch known members, note new spellings, add new members; returns the ids of these by key."""
    known = {person.member: _new_name(person, roster) for person in found.people if person.member}
    known |= {member: None for member in found.glimpsed if member not in known}
    new = [person for person in found.people if person.member is None]
    spellings = {
        row.key: (row.match.member, row.reading.name[:NAME_LENGTH])
        for row in found.sightings
        if row.how in (How.FOLDED, How.FUZZY)
    }
    rows = query(
        SEEN,
        {
            "guild": sent.guild_id,
            "at": sent.moment,
            "ids": list(known),
            "names": list(known.values()),
            "alias_ids": [member for member, _ in spellings.values()],
            "alias_keys": list(spellings),
            "alias_names": [name for _, name in spellings.values()],
            "new_keys": [person.best.key for person in new],
            "new_folded": [folded(person.best.key) for person in new],
            "new_names": [person.best.name for person in new],
        },
    )
    return {row["member_key"]: row["id"] for row in rows}


def _new_name(person: Person, roster: Roster) -> str | None:
    """The name to show from now on; None when the row was read wrongly, as far as we know."""
    row = next((row for row in person.sightings if row.how == How.EXACT), person.best)
    said = row.how == How.EXACT or (row.how == How.ALIAS and row.key not in roster.misread)
    return row.name if said else None


def _scan(sent: Submission, page: Page, found: Recognised, ids: dict[str, int]) -> Scan:
    recorded = sum(bool(person.powers) for person in found.people)
    whole = page.members_shown == recorded if sent.complete is None else sent.complete
    return Scan.objects.create(
        **_of(sent),
        status=ScanStatus.INGESTED,
        page_type=PAGE_TYPES[page.metric],
        complete=whole and bool(found.people),
        members_shown=page.members_shown,
        rows_read=len({row.reading.index for row in found.sightings} | _indexes(found.errors)),
        members_processed=recorded,
        new_members=len(ids),
        rows=[row.document(ids) for row in found.sightings],
        errors=[*map(error_document, found.errors), *(error_document(doubt, recorded=True) for doubt in found.doubts)],
    )


def _indexes(errors: Iterable[Problem]) -> set[int]:
    return {error.index for error in errors if error.index is not None}


def _skip(sent: Submission, page: Page) -> Scan:
    """Keep that a page of another type came, and touch nobody."""
    reason = Problem(None, None, "other_page", page.reason or "This is no page of members.")
    errors = [error_document(problem) for problem in (reason, *page.problems)]
    return Scan.objects.create(**_of(sent), status=ScanStatus.SKIPPED, page_type=PageType.OTHER, errors=errors)


def _of(sent: Submission) -> dict[str, Any]:
    return {
        "id": sent.id,
        "guild_id": sent.guild_id,
        "submitted_by_id": sent.submitted_by,
        "source": next(name for name in ("rows", "boxes", "text", "pages") if name in sent.ocr_result),
        "observed_at": sent.moment,
        "created_at": sent.accepted_at,
        "raw": sent.ocr_result,
        "fingerprint": sent.fingerprint,
    }


def _record(scan: Scan, found: Recognised, ids: dict[str, int]) -> int:
    """Write the powers into history; returns how many members' rows are new or say something else than before."""
    people = [person for person in found.people if person.powers]
    row = one(
        RECORD,
        {
            "guild": scan.guild_id,
            "scan": scan.pk,
            "at": scan.observed_at,
            "ids": [person.member or ids[person.best.key] for person in people],
            "names": [person.best.reading.name[:NAME_LENGTH] for person in people],
            "sims": [person.powers.get(MetricName.SIM) for person in people],
            "totals": [person.powers.get(MetricName.TOTAL) for person in people],
            "last_seen": [person.last_seen for person in people],
        },
    )
    return int(row["metrics_recorded"]) if row else 0


def error_document(error: Problem, *, recorded: bool = False) -> dict[str, Any]:
    """What a scan keeps of an error; with `recorded`, of a doubt about something that was recorded."""
    name = error.name[:NAME_LENGTH] if error.name else None
    return {"index": error.index, "name": name, "code": error.code, "message": error.message, "recorded": recorded}
