"""What staff say a member's power was in a week: it wins over what was read until it is removed."""

from datetime import date, timedelta

from django.utils import timezone

from clubs.changes import club_changed, lock_club
from clubs.choices import MetricName
from clubs.exceptions import MemberNotFound
from clubs.models import Correction, Member
from slimy.accounts.models import User
from slimy.sql import tx


def monday_of(day: date) -> date:
    """The Monday of the week that a day is in."""
    return day - timedelta(days=day.weekday())


def correct(member: Member, metric: MetricName | str, week: date, value: int, reason: str, author: User) -> Correction:
    """Say what a metric was in the week of a day (UTC), in place of what staff said before.

    Raises Django's ValidationError for a value or a metric that can't be and a reason that is empty or too long,
    MemberNotFound.
    """
    correction = Correction(
        guild_id=member.guild_id,
        member=member,
        metric=metric,
        week=monday_of(week),
        value=value,
        reason=reason,
        author=author,
    )
    correction.clean_fields(exclude=("guild", "member", "author", "removed_by"))
    with tx():
        lock_club(member.guild_id)
        if not Member.objects.filter(pk=member.pk, guild=member.guild_id).exists():
            raise MemberNotFound
        standing = Correction.objects.filter(member=member, metric=metric, week=correction.week, removed_at=None)
        standing.update(removed_at=timezone.now(), removed_by=author)
        correction.save(force_insert=True)
        club_changed(member.guild_id)
    return correction


def remove(correction: Correction, by: User) -> bool:
    """Let what was read count again; False when it was removed before."""
    with tx():
        lock_club(correction.guild_id)
        standing = Correction.objects.filter(pk=correction.pk, removed_at=None)
        if not standing.update(removed_at=timezone.now(), removed_by=by):
            return False
        club_changed(correction.guild_id)
    correction.refresh_from_db()
    return True
