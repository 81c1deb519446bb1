"""What the charts of clubs show: the weeks of many members at a glance, and a member's or a club's powers over time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from clubs.choices import MetricName
from clubs.shorten import shortened
from slimy.sql import Row, query

WEEKS = 8  # of a sparkline
CLUB_WEEKS = 26  # of a club's chart
LEAD_IN = timedelta(weeks=4)  # read before a club's chart begins, so that its first week isn't the first scan's only
MOST_POINTS = 400  # of one line

_TRENDS = """
SELECT DISTINCT ON (member_id, metric, week) member_id, metric, value,
       floor(extract(epoch FROM observed_at - %(since)s) / 604800)::int AS week
  FROM clubs_observation
 WHERE member_id = ANY(%(members)s) AND observed_at >= %(since)s AND observed_at < %(until)s
 ORDER BY member_id, metric, week, observed_at DESC"""

_MEMBER = """
SELECT metric, observed_at AS at, value, corrected
  FROM (SELECT *, row_number() OVER (PARTITION BY metric ORDER BY observed_at DESC) AS newest
          FROM clubs_observation WHERE member_id = %(member)s) o
 WHERE newest <= %(most)s ORDER BY metric DESC, observed_at"""

# A club's total is the sum of what each member had when last seen. So every observation adds what it changes, and the
# first complete scan that doesn't show a member any more takes away what was there. Of each week its last total counts.
_CLUB = """
WITH seen AS MATERIALIZED (
  SELECT member_id, metric, observed_at, value, 1 AS present FROM clubs_observation
   WHERE guild_id = %(guild)s AND observed_at >= %(since)s),
scans AS MATERIALIZED (
  SELECT observed_at FROM clubs_scan WHERE guild_id = %(guild)s AND complete AND observed_at >= %(since)s),
stays AS (
  SELECT member_id, observed_at, lead(observed_at) OVER (PARTITION BY member_id ORDER BY observed_at) AS next
    FROM (SELECT DISTINCT member_id, observed_at FROM seen) s),
gone AS (
  SELECT s.member_id, m.metric, missed.observed_at, 0::bigint AS value, 0 AS present
    FROM stays s
    JOIN clubs_member who ON who.id = s.member_id
   CROSS JOIN LATERAL (SELECT min(observed_at) AS observed_at FROM scans c
          WHERE c.observed_at > CASE WHEN s.next IS NULL THEN greatest(who.last_seen_at, s.observed_at)
                                     ELSE s.observed_at END
            AND c.observed_at < coalesce(s.next, 'infinity')) missed
   CROSS JOIN (VALUES ('sim'), ('total')) m(metric) WHERE missed.observed_at IS NOT NULL),
changes AS (
  SELECT metric, observed_at AS at, value - lag(value, 1, 0::bigint) OVER one_member AS change,
         present - lag(present, 1, 0) OVER one_member AS joined
    FROM (SELECT * FROM seen UNION ALL SELECT * FROM gone) e
  WINDOW one_member AS (PARTITION BY member_id, metric ORDER BY observed_at)),
totals AS (
  SELECT metric, at, sum(sum(change)) OVER so_far AS value, sum(sum(joined)) OVER so_far AS members
    FROM changes GROUP BY metric, at WINDOW so_far AS (PARTITION BY metric ORDER BY at))
SELECT DISTINCT ON (metric, date_trunc('week', at, 'UTC')) metric, at, value, members
  FROM totals WHERE at >= %(from)s ORDER BY metric DESC, date_trunc('week', at, 'UTC'), at DESC"""


@dataclass(frozen=True)
class Trend:
    """A member's metric in the last weeks: (week, value), week 0 being the oldest of `WEEKS`."""

    metric: MetricName
    points: tuple[tuple[int, int], ...]


def trends(members: Iterable[int], now: datetime) -> dict[int, Trend]:
    """The last `WEEKS` weeks of each member that was seen in them: of total power, or of sim where more is known of it.

    One statement, however many members.
    """
    since = now - timedelta(weeks=WEEKS)
    rows = query(_TRENDS, {"members": list(members), "since": since, "until": now})
    found: dict[int, Trend] = {}
    for (member, metric), weeks in groupby(rows, lambda row: (row["member_id"], row["metric"])):
        trend = Trend(MetricName(metric), tuple((row["week"], row["value"]) for row in weeks))
        if member not in found or len(trend.points) >= len(found[member].points):  # "total" comes after "sim"
            found[member] = trend
    return found


def member_charts(member: int) -> list[dict[str, Any]]:
    """A chart of each metric that is known of a member, with its newest `MOST_POINTS` observations."""
    return _charts(query(_MEMBER, {"member": member, "most": MOST_POINTS}))


def club_charts(guild_id: str, now: datetime) -> list[dict[str, Any]]:
    """A chart of each metric of a club: what its members had together, week by week."""
    return _charts(club_totals(guild_id, now))


def club_totals(guild_id: str, now: datetime) -> list[Row]:
    """What a club had at the end of each of its last weeks: rows of metric, at, value and members."""
    begin = now - timedelta(weeks=CLUB_WEEKS)
    return query(_CLUB, {"guild": guild_id, "since": begin - LEAD_IN, "from": begin})


def _charts(rows: list[Row]) -> list[dict[str, Any]]:
    """Documents for clubs/charts.js. Beside each value stands its exact text: beyond 2⁵³ JavaScript has none."""
    return [
        {"metric": metric, "title": MetricName(metric).label, "points": [_point(row) for row in some]}
        for metric, some in groupby(rows, lambda row: row["metric"])
    ]


def _point(row: Row) -> dict[str, Any]:
    value = int(row["value"])
    more = f" · {row['members']} members" if "members" in row else ""
    return {
        "at": round(row["at"].timestamp() * 1000),
        "day": f"{row['at']:%Y-%m-%d}",
        "value": value,
        "short": shortened(value),
        "exact": f"{value:,}{more}",
        "corrected": bool(row.get("corrected")),
    }
