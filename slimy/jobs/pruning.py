"""Old finished jobs go, in small batches: the newest of each queue stay, whatever their age."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.conf import settings

from slimy.jobs.models import Status
from slimy.sql import one, query, tx

BATCH = 1000
ONE_AT_A_TIME = 0x51174  # the lock that keeps workers from pruning all at once

# For each queue and status: how many are kept, when the oldest of those finished, and what is older than that and
# than the age. It all reads one end or the other of the index job_finished: with now(), which is the same throughout a
# transaction; with clock_timestamp() PostgreSQL would look at each row of the index.
_OLD = """
  FROM unnest(%(queues)s::text[], %(statuses)s::text[], %(keep)s::int[]) AS kind(queue, status, keep)
 CROSS JOIN LATERAL (
   SELECT CASE WHEN kind.keep = 0 THEN 'infinity' ELSE (
     SELECT finished_at FROM slimy_job j
      WHERE j.queue = kind.queue AND j.status = kind.status AND j.finished_at IS NOT NULL
      ORDER BY finished_at DESC OFFSET greatest(kind.keep, 1) - 1 LIMIT 1) END AS finished_at) kept
 CROSS JOIN LATERAL (
   SELECT id FROM slimy_job j
    WHERE j.queue = kind.queue AND j.status = kind.status
      AND j.finished_at < least(kept.finished_at, now() - make_interval(days => %(days)s))
      AND kept.finished_at IS NOT NULL
    ORDER BY j.finished_at {take}) old"""

_PRUNE = f"""
WITH old AS MATERIALIZED (SELECT old.id {_OLD.format(take="LIMIT %(limit)s FOR UPDATE SKIP LOCKED")} LIMIT %(limit)s)
DELETE FROM slimy_job USING old WHERE slimy_job.id = old.id RETURNING queue, status"""  # noqa: S608  # nosec B608

_COUNT = f"SELECT kind.queue, kind.status, count(*) AS count {_OLD.format(take='')} GROUP BY 1, 2"

Pruned = Counter[tuple[str, str]]


def prune(limit: int = BATCH) -> Pruned:
    """Delete at most `limit` jobs that are old enough; how many of each (queue, status). None while another does."""
    with tx():
        turn = one("SELECT pg_try_advisory_xact_lock(%(key)s) AS mine", {"key": ONE_AT_A_TIME})
        rows = query(_PRUNE, _rules() | {"limit": limit}) if turn and turn["mine"] else []
    return Counter((row["queue"], row["status"]) for row in rows)


def prunable() -> Pruned:
    """How many of each (queue, status) `prune` would delete, called until nothing is left."""
    return Counter({(row["queue"], row["status"]): row["count"] for row in query(_COUNT, _rules())})


def _rules() -> dict[str, Any]:
    keep = {
        Status.COMPLETED: settings.JOBS["KEEP_COMPLETED"],
        Status.FAILED: settings.JOBS["KEEP_FAILED"],
        Status.CANCELLED: 0,
    }
    kinds = [(queue, status.value, most) for queue in settings.QUEUES for status, most in keep.items()]
    queues, statuses, most = map(list, zip(*kinds, strict=True))
    return {"queues": queues, "statuses": statuses, "keep": most, "days": settings.JOBS["KEEP_DAYS"]}
