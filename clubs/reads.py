"""The cached reads of a club. What each costs on a miss doesn't grow with the club; a hit costs no statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from clubs import board, figures
from clubs.choices import MetricName
from clubs.history import NEWEST_FIRST, key_of, member_of, observations
from clubs.models import Latest
from clubs.queries import INCLUDE
from clubs.serializers import observation_document, standing_document
from slimy.cache import club_key, read_through
from slimy.wire import instant

Document = dict[str, Any]
Cursor = dict[str, Any]


def _cached(kind: str, guild_id: str, which: Iterable[object], load: Callable[[], Document]) -> Document:
    key = club_key(kind, guild_id, *(None if value is None else str(value) for value in which))
    document: Document = read_through(key, load)
    return document


def latest(guild_id: str, sort: str, left: str, limit: int, cursor: Cursor | None = None) -> Document:
    """A page of standings: `LatestAnswer` without `ok`."""

    def load() -> Document:
        rows = board.standings(guild_id, sort, with_left=left == INCLUDE)
        found, following = board.BEST_FIRST.page(board.behind(rows, **cursor) if cursor else rows, limit)
        return {
            "guildId": guild_id,
            "asOf": instant(board.as_of(guild_id)),
            "members": [standing_document(row) for row in found],
            "nextCursor": following,
        }

    return _cached("club_latest", guild_id, (sort, left, limit, *(cursor or {}).values()), load)


def movers(guild_id: str, metric: str, percent: Decimal, days: int, limit: int) -> Document:
    """Who rises, falls, came and left: `MoversAnswer` without `ok`."""

    def load() -> Document:
        of, since = MetricName(metric), timezone.now() - timedelta(days=days)

        def some(rows: QuerySet[Latest]) -> list[Document]:
            return [standing_document(row, of) for row in rows[:limit]]

        return {
            "guildId": guild_id,
            "asOf": instant(board.as_of(guild_id)),
            "metric": metric,
            "gainers": some(board.gainers(guild_id, of, percent)),
            "losers": some(board.losers(guild_id, of, percent)),
            "joined": some(board.joined(guild_id, since)),
            "left": some(board.left(guild_id, since)),
        }

    return _cached("club_movers", guild_id, (metric, percent.normalize(), days, limit), load)


def aggregates(guild_id: str) -> Document:
    """The club in figures: `AggregatesAnswer` without `ok`."""

    def load() -> Document:
        trend = figures.trend(guild_id, timezone.now())
        return {"guildId": guild_id, **figures.aggregates(guild_id), "trend": trend}

    return _cached("club_aggregates", guild_id, (), load)


def history(guild_id: str, name: str, limit: int, cursor: Cursor | None = None) -> Document:
    """A page of the history of the member with this key, alias or name: `HistoryAnswer` without `ok`.

    Raises MemberNotFound.
    """
    key = key_of(name)
    before = cursor["observed_at"] if cursor else None

    def load() -> Document:
        member = member_of(guild_id, key)
        rows = observations([member.pk])
        found, following = NEWEST_FIRST.page(rows.filter(observed_at__lt=before) if before else rows, limit)
        return {
            "guildId": guild_id,
            "memberKey": member.member_key,
            "name": member.display_name,
            "history": [observation_document(row) for row in found],
            "nextCursor": following,
        }

    return _cached("club_history", guild_id, (key, limit, before), load)
