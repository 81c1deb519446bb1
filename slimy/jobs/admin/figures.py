"""What the home page asks the ledger: each statement reads a window of an index, however many jobs there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from slimy.jobs.models import TERMINAL
from slimy.sql import Row, query

COUNTED = 10_000  # waiting jobs of a queue that are looked at, from each end
LATEST = 5_000  # finished jobs of a queue and outcome that durations and failures are told from
SETTLED = timedelta(minutes=2)  # after which a commit that is on its way has arrived

_OUTCOMES = """
SELECT date_bin(%(step)s, finished_at, '2000-01-01Z') AS at, status, count(*) AS jobs FROM slimy_job
 WHERE queue = ANY(%(queues)s) AND status = ANY(%(statuses)s) AND finished_at >= %(since)s AND finished_at < %(until)s
 GROUP BY 1, 2"""

# From both ends of the index: new messages are due soonest, those sent again and again latest.
_WAITING = """
WITH seen AS MATERIALIZED (
  SELECT w.* FROM unnest(%(queues)s::text[]) AS q(queue) CROSS JOIN LATERAL (
    (SELECT id, queue, available_at FROM slimy_job WHERE queue = q.queue AND status = 'queued'
      ORDER BY ring_at LIMIT %(counted)s)
    UNION
    (SELECT id, queue, available_at FROM slimy_job WHERE queue = q.queue AND status = 'queued'
      ORDER BY ring_at DESC LIMIT %(counted)s)) w)
SELECT queue, count(*) FILTER (WHERE available_at <= now()) AS due,
       count(*) FILTER (WHERE available_at > now()) AS later,
       extract(epoch FROM now() - min(available_at) FILTER (WHERE available_at <= now()))::float8 AS seconds
  FROM seen GROUP BY queue"""

_ACTIVE = """
SELECT queue, type, claimed_by AS worker, count(*) AS jobs, min(claimed_at) AS since
  FROM slimy_job WHERE status = 'active' GROUP BY 1, 2, 3"""

_DURATIONS = """
SELECT type, count(*) AS jobs, percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
         ORDER BY extract(epoch FROM finished_at - started_at) * 1000)::float8[] AS ms
  FROM unnest(%(queues)s::text[]) AS q(queue) CROSS JOIN LATERAL (
    SELECT type, started_at, finished_at FROM slimy_job
     WHERE queue = q.queue AND status = 'completed' AND finished_at >= %(since)s
     ORDER BY finished_at DESC LIMIT %(latest)s) newest
 GROUP BY type"""

_FAILURES = """
SELECT coalesce(errors -> -1 ->> 'code', 'internal_error') AS code, count(*) AS jobs, max(finished_at) AS last
  FROM unnest(%(queues)s::text[]) AS q(queue) CROSS JOIN LATERAL (
    SELECT errors, finished_at FROM slimy_job
     WHERE queue = q.queue AND status = 'failed' AND finished_at >= %(since)s
     ORDER BY finished_at DESC LIMIT %(latest)s) newest
 GROUP BY 1 ORDER BY jobs DESC, code LIMIT 12"""

_NEWEST_FAILED = """
SELECT newest.*, u.username AS owner FROM unnest(%(queues)s::text[]) AS q(queue) CROSS JOIN LATERAL (
    SELECT id, type, owner_id, finished_at, attempts, errors -> -1 ->> 'code' AS code,
           coalesce(errors -> -1 ->> 'message', errors -> -1 ->> 'public') AS message
      FROM slimy_job WHERE queue = q.queue AND status = 'failed' AND finished_at IS NOT NULL
     ORDER BY finished_at DESC LIMIT %(limit)s) newest
  LEFT JOIN accounts_user u ON u.id = newest.owner_id
 ORDER BY newest.finished_at DESC LIMIT %(limit)s"""

Outcomes = Mapping[datetime, Mapping[str, int]]
_settled: dict[tuple[timedelta, datetime], Counter[str]] = {}  # what happened before is counted once in a process


def queues() -> list[str]:
    """All that there are."""
    return list(settings.QUEUES)


def outcomes(now: datetime, step: timedelta, steps: int) -> Outcomes:
    """How many jobs ended how, in each of the last `steps` periods; the last is the one that has just begun."""
    first = _floor(now, step) - step * (steps - 1)
    periods = [first + step * n for n in range(steps)]
    missing = [at for at in periods if (step, at) not in _settled]
    found: dict[datetime, Counter[str]] = {at: Counter() for at in missing}
    values = {"queues": queues(), "statuses": list(TERMINAL), "step": step, "since": missing[0], "until": now + step}
    for row in query(_OUTCOMES, values):
        if row["at"] in found:
            found[row["at"]][row["status"]] = row["jobs"]
    for key in [key for key in _settled if key[0] == step and key[1] < first]:
        _settled.pop(key, None)
    _settled.update({(step, at): counts for at, counts in found.items() if at + step + SETTLED < now})
    return {at: found[at] if at in found else _settled.get((step, at), Counter()) for at in periods}


def _floor(now: datetime, step: timedelta) -> datetime:
    begin = datetime(2000, 1, 1, tzinfo=UTC)
    return begin + (now - begin) // step * step


def waiting() -> dict[str, Row]:
    """Of each queue with waiting jobs: how many are due, how many wait for their time, the oldest's age in seconds.

    Of a queue with more than `COUNTED` of them, those at both ends; then `due` + `later` is at least `COUNTED`.
    """
    rows = query(_WAITING, {"queues": queues(), "counted": COUNTED})
    return {row["queue"]: row for row in rows}


def active() -> list[Row]:
    """What is being done: queue, type, worker, jobs, since when."""
    return query(_ACTIVE)


def durations(now: datetime) -> list[Row]:
    """Of each type that completed in the last hour: jobs, and [median, 95th percentile] in milliseconds; slow first."""
    rows = query(_DURATIONS, {"queues": queues(), "since": now - timedelta(hours=1), "latest": LATEST})
    return sorted(rows, key=lambda row: -row["ms"][1])


def failures(now: datetime) -> list[Row]:
    """Of each code of the last day's failures: jobs, and when last; most first."""
    return query(_FAILURES, {"queues": queues(), "since": now - timedelta(days=1), "latest": LATEST})


def newest_failed(limit: int = 10) -> list[dict[str, Any]]:
    """The newest failed jobs: id, type, owner, finished_at, attempts, code, message."""
    return query(_NEWEST_FAILED, {"queues": queues(), "limit": limit})
