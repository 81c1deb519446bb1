"""Accepted findings into the standings, through clubs/ingest.py and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from clubs.counts import count_scan
from clubs.ingest import Submission, ingest
from clubs.models import Member
from clubs.names import canonical
from clubs.review.models import Finding, FindingState
from clubs.screenshots.models import Upload
from slimy.accounts.models import User
from slimy.ids import new_id

_DECIDED = ("state", "decided_by", "decided_at", "version", "name", "sim_power", "total_power", "member")


def settle(upload: Upload, accepted: Sequence[Finding], by: User, scan_id: UUID | None = None) -> None:
    """Accept findings into the standings, as one scan of the moment when the screenshots were taken.

    The upload is closed when nothing is open any more. If it shows the whole club, the scan is then of all its
    findings: only now can it say who has left. Call it in a transaction that holds the upload's row. Raises what
    clubs/ingest.py raises.
    """
    _accept(accepted, by)
    is_last = not upload.findings.filter(state=FindingState.OPEN).exists()
    if is_last and not upload.closed_at:
        upload.closed_at = timezone.now()
        upload.save(update_fields=["closed_at"])
    complete = is_last and upload.whole and not _is_something_left_out(upload)
    rows = list(upload.findings.filter(state=FindingState.ACCEPTED).order_by("index")) if complete else accepted
    if rows:
        _ingest(upload, rows, by, scan_id, complete=complete)


def _accept(findings: Sequence[Finding], by: User) -> None:
    now = timezone.now()
    for finding in findings:
        finding.state, finding.decided_by, finding.decided_at = FindingState.ACCEPTED, by, now
        finding.version += 1
    Finding.objects.bulk_update(findings, _DECIDED)


def _is_something_left_out(upload: Upload) -> bool:
    """Whether a row was skipped, so that a member may be missing; not when somebody said that the upload is whole."""
    return not upload.complete and upload.findings.filter(state=FindingState.SKIPPED).exists()


def _ingest(upload: Upload, findings: Sequence[Finding], by: User, scan_id: UUID | None, *, complete: bool) -> None:
    members = Member.objects.in_bulk([finding.member_id for finding in findings if finding.member_id])
    ingested = ingest(
        Submission(
            id=scan_id or new_id(),
            guild_id=upload.guild_id,
            ocr_result={"rows": [_row(finding, members) for finding in findings]},
            accepted_at=timezone.now(),
            submitted_by=by.pk,
            observed_at=upload.observed_at,
            complete=complete,
            confirmed=True,
        )
    )
    transaction.on_commit(lambda: count_scan(ingested), robust=True)


def _row(finding: Finding, members: Mapping[int, Member]) -> dict[str, Any]:
    """As the bot would send it, under the spelling that finds the member surely."""
    powers = {"simPower": finding.sim_power, "totalPower": finding.total_power}
    member = members.get(finding.member_id or 0)
    return {
        "name": _spelling(member) if member else finding.name,
        **{name: power for name, power in powers.items() if power is not None},
        "confidence": finding.confidence,
        "lastSeen": finding.last_seen or None,
    }


def _spelling(member: Member) -> str:
    shown = member.display_name
    return shown if canonical(shown) == member.member_key else member.member_key
