"""The end of reading an upload: findings are stored, and what is safe goes into the standings at once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from clubs.changes import lock_club
from clubs.review.doubts import findings_of
from clubs.review.found import Findings, Found
from clubs.review.ingestion import settle
from clubs.review.models import Finding, FindingState
from clubs.roster import Roster
from clubs.screenshots.models import Screenshot, Upload
from slimy.accounts.models import User

LONGEST_MESSAGE = 300


def compile_upload(upload: Upload, by: User, scan_id: UUID) -> None:
    """Make findings of the boxes of an upload's pictures; call it in a transaction that holds the upload's row.

    The safe ones are ingested as the scan `scan_id`, unless the upload says that everything waits. Raises what
    clubs/ingest.py raises.
    """
    lock_club(upload.guild_id)
    pictures = list(upload.screenshots.order_by("number"))
    pages = [{"boxes": picture.boxes or [], "width": picture.width} for picture in pictures]
    said = findings_of(pages, upload.page_type or None, Roster.of(upload.guild_id, upload.observed_at))
    findings = Finding.objects.bulk_create([_finding(upload, row, pictures) for row in said.rows])
    _note(upload, said)
    safe = [] if upload.hold else [finding for finding in findings if finding.is_safe]
    settle(upload, safe, by, scan_id)


def _note(upload: Upload, said: Findings) -> None:
    upload.read_at = timezone.now()
    upload.members_shown = said.members_shown
    upload.doubts = said.doubts
    counted = said.members_shown is not None and not any(doubt["code"] == "count_differs" for doubt in said.doubts)
    upload.whole = counted if upload.complete is None else upload.complete
    upload.save(update_fields=["read_at", "members_shown", "doubts", "whole"])


def _finding(upload: Upload, row: Found, pictures: Sequence[Screenshot]) -> Finding:
    return Finding(
        upload=upload,
        index=row.index,
        screenshot=pictures[row.page] if row.page is not None else None,
        place=[round(edge) for edge in row.place] if row.place else None,
        name=row.name[:200],
        sim_power=row.sim_power,
        total_power=row.total_power,
        last_seen=row.last_seen[:40],
        confidence=row.confidence,
        power_read=row.power_read,
        reasons=[{**reason, "message": reason["message"][:LONGEST_MESSAGE]} for reason in row.reasons],
        member_id=row.member,
        how=row.how,
        state=FindingState.OPEN,
    )
