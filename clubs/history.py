"""What was observed of members over time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Coalesce

from clubs.choices import MetricName
from clubs.exceptions import MemberNotFound
from clubs.models import Member, Observation
from clubs.names import MAX_KEY, NoName, canonical
from slimy.paging import TIME, Key

NEWEST_FIRST = Key(observed_at=TIME)
MEMBERS_AT_ONCE = 20


def key_of(name: str) -> str:
    """The key that a key, or a name in any spelling, stands for. Raises MemberNotFound for what no name can be."""
    if len(name) > MAX_KEY or "\0" in name:
        raise MemberNotFound
    try:
        return canonical(name)
    except NoName as error:
        raise MemberNotFound from error


def member_of(guild_id: str, key: str) -> Member:
    """The member of the club with this key or, failing that, with this alias. Raises MemberNotFound."""
    club = Member.objects.filter(guild_id=guild_id)
    by_alias = club.filter(aliases__guild_id=guild_id, aliases__alias_key=key)
    found = club.filter(member_key=key).union(by_alias)
    exact_first = sorted(found, key=lambda member: member.member_key != key)
    if not exact_first:
        raise MemberNotFound
    return exact_first[0]


def observations(members: list[int]) -> QuerySet[Observation, Any]:
    """What was observed of members, newest first, both metrics of a moment in one row."""
    moment, measured = ("member_id", "observed_at"), _of(MetricName.SIM) | _of(MetricName.TOTAL)
    rows: QuerySet[Observation, Any] = Observation.objects.filter(member_id__in=members).values(*moment)
    return rows.annotate(**measured).values_list(*moment, *measured, named=True).order_by("member_id", "-observed_at")


def _of(metric: MetricName) -> dict[str, Any]:
    mine = Q(metric=metric)
    return {
        f"{metric}_power": Max("value", filter=mine),
        f"{metric}_corrected": Coalesce(BoolOr("corrected", filter=mine), False),
    }


def everything(guild_id: str) -> Iterator[tuple[Member, Any]]:
    """Every observation of every member, by key and newest first; read of some members at a time."""
    members = list(Member.objects.filter(guild_id=guild_id).order_by("member_key"))
    for start in range(0, len(members), MEMBERS_AT_ONCE):
        some = members[start : start + MEMBERS_AT_ONCE]
        found: dict[int, list[Any]] = {member.pk: [] for member in some}
        for row in observations(list(found)):
            found[row.member_id].append(row)
        for member in some:
            yield from ((member, row) for row in found[member.pk])
