"""A club in figures: what its members have together, on average, and week by week."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from clubs.charts import club_totals
from clubs.corrections import monday_of
from slimy.sql import Row, query
from slimy.wire import instant

# The change compares what those have of whom both is known, so that who joins or leaves doesn't count as growth.
_METRIC = """
count({m}_power) AS {m}_members, sum({m}_power) AS {m}_sum, round(avg({m}_power), 2) AS {m}_average,
percentile_cont(0.5) WITHIN GROUP (ORDER BY {m}_power) AS {m}_median, sum({m}_previous) AS {m}_previous,
round(sum({m}_power - {m}_previous) * 100.0 / nullif(sum({m}_previous), 0), 2) AS {m}_change"""
_CLUB = f"""
SELECT count(*) AS members, max(last_seen_at) AS as_of, {_METRIC.format(m="sim")}, {_METRIC.format(m="total")}
  FROM clubs_latest WHERE guild_id = %(guild)s AND left_at IS NULL"""  # noqa: S608  the names are ours  # nosec B608

_FIGURES = {"sum": int, "average": float, "median": float, "previous": int, "change": float}


def aggregates(guild_id: str) -> dict[str, Any]:
    """Counts, sums, averages, medians and changes of who is in the club: `AggregatesAnswer` without its trend."""
    (row,) = query(_CLUB, {"guild": guild_id})
    return {
        "asOf": instant(row["as_of"]),
        "members": row["members"],
        "membersWithTotals": row["total_members"],
        "membersWithSim": row["sim_members"],
        "totalPower": _figures(row, "total"),
        "simPower": _figures(row, "sim"),
    }


def _figures(row: Row, metric: str) -> dict[str, Any]:
    found = {name: _number(row[f"{metric}_{name}"], kind) for name, kind in _FIGURES.items()}
    return {
        "sum": found["sum"],
        "average": found["average"],
        "median": found["median"],
        "previousSum": found["previous"],
        "changePercent": found["change"],
    }


def _number(value: Any, kind: type) -> Any:
    return None if value is None else kind(value)


def trend(guild_id: str, now: datetime) -> list[dict[str, Any]]:
    """What the club had at the end of each week in which somebody was observed, oldest first, of the last 26.

    A metric that wasn't observed in a week is what it was before.
    """
    weeks: dict[str, dict[str, Row]] = {}
    for row in club_totals(guild_id, now):
        weeks.setdefault(monday_of(row["at"].date()).isoformat(), {})[row["metric"]] = row
    points, known = [], dict[str, Row]()
    for week in sorted(weeks):
        known |= weeks[week]
        points.append(
            {
                "week": week,
                "totalPower": int(known["total"]["value"]) if "total" in known else None,
                "simPower": int(known["sim"]["value"]) if "sim" in known else None,
                "members": max(int(row["members"]) for row in known.values()),
            }
        )
    return points
