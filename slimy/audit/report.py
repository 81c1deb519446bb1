"""Events counted: by action, by actor, by day, in any combination."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from slimy.sql import Row, query, tx

BY = {"action": "action", "actor": "actor_name", "day": "(at AT TIME ZONE 'UTC')::date"}
LONGEST = timedelta(days=366)
MOST = 5000  # rows
PATIENCE = "20s"

_REPORT = """
SELECT {columns}, count(*) AS events, count(*) FILTER (WHERE outcome = 'refused') AS refused,
       count(*) FILTER (WHERE outcome = 'failed') AS failed, count(DISTINCT actor_id) AS actors
  FROM slimy_audit_event
 WHERE at >= %(first)s::date AND at < %(last)s::date + 1
 GROUP BY {groups} ORDER BY {order} LIMIT %(most)s"""


def report(first: date, last: date, by: Sequence[str]) -> list[Row]:
    """One row for each combination of `by` (names of BY) that occurred from day to day (UTC, both included), with
    events, refused, failed and actors; the most frequent first, days in their order. At most MOST rows.

    Raises ValueError for no `by` at all, and OperationalError when it takes too long.
    """
    chosen = [name for name in BY if name in by]
    if not chosen:
        raise ValueError("Choose what to count by.")
    columns = ", ".join(f"{BY[name]} AS {name}" for name in chosen)
    groups = ", ".join(str(number + 1) for number in range(len(chosen)))
    order = "day DESC, events DESC" if "day" in chosen else "events DESC, 1"
    sql = _REPORT.format(columns=columns, groups=groups, order=order)
    with tx():
        query("SELECT set_config('statement_timeout', %s, true), set_config('TimeZone', 'UTC', true)", [PATIENCE])
        return query(sql, {"first": first, "last": last, "most": MOST})
