"""The board of a club: who stands where, who rises and falls, who came and who left."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import BigIntegerField, DecimalField, F, Max, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from clubs.choices import MetricName
from clubs.models import Latest, Member
from slimy.paging import SIGNED, TEXT, Key

_KEY = "member__member_key"
# What is unknown comes last: below every power, and below the loss of everything.
SORTS: dict[str, Any] = {
    "total": Coalesce(F("total_power"), -1, output_field=BigIntegerField()),
    "sim": Coalesce(F("sim_power"), -1, output_field=BigIntegerField()),
    "change": Coalesce(
        F("total_change"), F("sim_change"), Decimal(-101), output_field=DecimalField(max_digits=20, decimal_places=2)
    ),
    "name": Value(0),  # equal for all, so that keys decide
}
BEST_FIRST = Key(worth=SIGNED, key=TEXT)


def standings(guild_id: str, sort: str = "total", *, with_left: bool = False) -> QuerySet[Latest]:
    """A club's standings with their members, highest first and equal ones by key; `sort` is one of SORTS."""
    rows = Latest.objects.filter(guild_id=guild_id).select_related("member")
    rows = rows.annotate(worth=SORTS[sort], key=F(_KEY)).order_by("-worth", "key")
    return rows if with_left else rows.filter(left_at=None)


def behind(rows: QuerySet[Latest], worth: Decimal, key: str) -> QuerySet[Latest]:
    """The standings that come after this one."""
    return rows.filter(Q(worth__lt=worth) | Q(worth=worth, key__gt=key))


def as_of(guild_id: str) -> datetime | None:
    """When anybody of the club was last observed."""
    newest: datetime | None = Latest.objects.filter(guild_id=guild_id).aggregate(at=Max("last_seen_at"))["at"]
    return newest


def gainers(guild_id: str, metric: MetricName, percent: Decimal) -> QuerySet[Latest]:
    """Whose metric rose by more than so many percent in a week, most first."""
    change = f"{metric}_change"
    return standings(guild_id).filter(**{f"{change}__gt": percent}).order_by(f"-{change}", _KEY)


def losers(guild_id: str, metric: MetricName, percent: Decimal) -> QuerySet[Latest]:
    """Whose metric fell by more than so many percent in a week, most first."""
    change = f"{metric}_change"
    return standings(guild_id).filter(**{f"{change}__lt": -percent}).order_by(change, _KEY)


def joined(guild_id: str, since: datetime) -> QuerySet[Latest]:
    """Who was first seen since then, newest first; not those with whom the club's history begins."""
    seen = Member.objects.filter(guild_id=guild_id).order_by("first_seen_at").values("first_seen_at")
    new = standings(guild_id).filter(member__first_seen_at__gte=since, member__first_seen_at__gt=Subquery(seen[:1]))
    return new.order_by("-member__first_seen_at", _KEY)


def left(guild_id: str, since: datetime) -> QuerySet[Latest]:
    """Who was found to have left since then, newest first."""
    return standings(guild_id, with_left=True).filter(left_at__gte=since).order_by("-left_at", _KEY)
