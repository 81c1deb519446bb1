"""What people decide about findings. Each decision names the version it was made on: who comes second is told."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from clubs.changes import lock_club
from clubs.exceptions import CannotDecide, DecidedMeanwhile, UploadNotFound
from clubs.models import Member, MemberAlias
from clubs.names import NoName, canonical, folded
from clubs.review.ingestion import settle
from clubs.review.models import Finding, FindingState
from clubs.screenshots.models import Upload
from slimy.accounts.models import User
from slimy.sql import tx


@dataclass(frozen=True)
class Said:
    """What a reviewer says a row is: name and powers as corrected; a known member's id, or that it is a new one."""

    name: str
    sim_power: int | None
    total_power: int | None
    member: int | None = None
    is_new: bool = False


def accept(upload_id: UUID, finding_id: int, version: int, said: Said, by: User) -> Finding:
    """Take a row as `said`, into the standings. Raises UploadNotFound, DecidedMeanwhile, CannotDecide."""
    with tx():
        upload, finding = _held(upload_id, finding_id, version)
        lock_club(upload.guild_id)
        read_as = finding.name
        finding.name, finding.sim_power, finding.total_power = said.name, said.sim_power, said.total_power
        if finding.sim_power is None and finding.total_power is None:
            raise CannotDecide("A row needs a power to be accepted.")
        finding.member = _member(upload, finding, said)
        _remember(finding, read_as)
        settle(upload, [finding], by)
    return finding


def skip(upload_id: UUID, finding_id: int, version: int, by: User) -> Finding:
    """Leave a row out. Raises UploadNotFound, DecidedMeanwhile."""
    with tx():
        upload, finding = _held(upload_id, finding_id, version)
        _decide(finding, FindingState.SKIPPED, by)
        settle(upload, [], by)
    return finding


def reopen(upload_id: UUID, finding_id: int, version: int, by: User) -> Finding:
    """Take a skipped row up again. Raises UploadNotFound, DecidedMeanwhile."""
    with tx():
        upload, finding = _held(upload_id, finding_id, version, FindingState.SKIPPED)
        _decide(finding, FindingState.OPEN, by)
        Upload.objects.filter(pk=upload.pk).update(closed_at=None)
    return finding


def accept_safe(upload_id: UUID, by: User) -> int:
    """Accept every open row that nothing is doubtful about; how many there were. Raises UploadNotFound."""
    with tx():
        upload = _held_upload(upload_id)
        lock_club(upload.guild_id)
        rows = upload.findings.filter(state=FindingState.OPEN, reasons=[]).order_by("index")
        safe = list(rows)
        settle(upload, safe, by)
    return len(safe)


def _held_upload(upload_id: UUID) -> Upload:
    upload = Upload.objects.select_for_update(no_key=True).filter(pk=upload_id).first()
    if upload is None:
        raise UploadNotFound
    return upload


def _held(
    upload_id: UUID, finding_id: int, version: int, state: FindingState = FindingState.OPEN
) -> tuple[Upload, Finding]:
    """Both, locked, when nobody has decided the row since that version."""
    upload = _held_upload(upload_id)
    finding = upload.findings.select_related("member", "decided_by").filter(pk=finding_id).first()
    if finding is None:
        raise UploadNotFound("There is no such row in this upload.")
    if finding.version != version or finding.state != state:
        who = f"{finding.decided_by} has" if finding.decided_by else "Somebody has"
        raise DecidedMeanwhile(f"{who} decided this row meanwhile: {finding.get_state_display().lower()}.")
    return upload, finding


def _decide(finding: Finding, state: FindingState, by: User) -> None:
    finding.state, finding.decided_by, finding.decided_at = state, by, timezone.now()
    finding.version += 1
    finding.save(update_fields=["state", "decided_by", "decided_at", "version"])


def _member(upload: Upload, finding: Finding, said: Said) -> Member | None:
    """Whom the row is for. None leaves it to ingestion, which finds the member by the name or adds one."""
    if said.member is not None:
        member = Member.objects.filter(pk=said.member, guild=upload.guild_id).first()
        if member is None:
            raise CannotDecide("This member isn't in the club.")
        return member
    try:
        key = canonical(said.name)
    except NoName as error:
        raise CannotDecide("A row needs a name to be accepted.") from error
    return _new_member(upload, finding, key) if said.is_new else None


def _new_member(upload: Upload, finding: Finding, key: str) -> Member:
    """Somebody of exactly this name, however similar others are."""
    MemberAlias.objects.filter(guild=upload.guild_id, alias_key=key).delete()
    member, _ = Member.objects.get_or_create(
        guild_id=upload.guild_id,
        member_key=key,
        defaults={
            "folded_key": folded(key),
            "display_name": finding.name,
            "first_seen_at": upload.observed_at,
            "last_seen_at": upload.observed_at,
        },
    )
    return member


def _remember(finding: Finding, read_as: str) -> None:
    """What was read for a member is another spelling of the name from now on, so that nobody is asked again."""
    member = finding.member
    try:
        key = canonical(read_as)
    except NoName:
        return
    if member is None or Member.objects.filter(guild=member.guild_id, member_key=key).exists():
        return
    MemberAlias.objects.update_or_create(
        guild_id=member.guild_id, alias_key=key, defaults={"member": member, "name": read_as, "source": "staff"}
    )
