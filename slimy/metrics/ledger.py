"""What the ledger says when somebody asks: how much waits, how long already, how many workers there are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Lock

from django.conf import settings
from django.db import Error as DatabaseError
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from slimy.logs import OncePerSecond, get_logger
from slimy.sql import Row, query, tx

log = get_logger(__name__)
_may_warn = OncePerSecond()

KEPT = 1.0  # seconds that an answer is good for, however many ask
COUNTED = 100_000  # waiting jobs of a queue that are counted
LOOKED_AT = 10_000  # … among which the oldest is looked for: those whose message is due first
PATIENCE = "2s"

_QUEUES = """
SELECT q.name AS queue,
       (SELECT count(*) FROM (SELECT FROM slimy_job WHERE status = 'queued' AND queue = q.name LIMIT %(counted)s) c)
         AS queued,
       coalesce(w.delayed, 0) AS delayed, coalesce(w.oldest, 0) AS oldest, coalesce(a.active, 0) AS active,
       (SELECT count(*) FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND l.classid = (q.lock & 4294967295)::oid) AS workers
  FROM unnest(%(names)s::text[], %(locks)s::bigint[]) AS q(name, lock)
  LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE available_at > clock_timestamp()) AS delayed,
           extract(epoch FROM clock_timestamp() - min(available_at))::float8 AS oldest
      FROM (SELECT available_at FROM slimy_job WHERE status = 'queued' AND queue = q.name
             ORDER BY ring_at LIMIT %(looked_at)s) s) w ON true
  LEFT JOIN (SELECT queue, count(*) AS active FROM slimy_job WHERE status = 'active' GROUP BY 1) a
    ON a.queue = q.name"""


def depths() -> list[Row]:
    """One row a queue: queued (all that wait, up to COUNTED), delayed (of them, for their time), oldest (seconds that
    the oldest due one has waited), active, workers (that hold a slot). Raises DatabaseError.
    """
    from slimy.jobs.slots import lock_class

    names = list(settings.QUEUES)
    locks = [lock_class(name) for name in names]
    with tx():
        query("SELECT set_config('statement_timeout', %s, true)", [PATIENCE])
        return query(_QUEUES, {"names": names, "locks": locks, "counted": COUNTED, "looked_at": LOOKED_AT})


class LedgerCollector(Collector):
    """Asks at most once in KEPT seconds; when PostgreSQL doesn't answer, only `slimy_ledger_up 0` is said."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rows: list[Row] | None = None
        self._until = 0.0

    def collect(self) -> Iterator[Metric]:
        """The gauges."""
        rows = self._latest()
        yield GaugeMetricFamily("slimy_ledger_up", "Whether the ledger could be read.", value=int(rows is not None))
        depth = GaugeMetricFamily(
            "slimy_queue_depth",
            f"Jobs that wait (up to {COUNTED}), are delayed, are active.",
            labels=["queue", "state"],
        )
        oldest = GaugeMetricFamily(
            "slimy_queue_oldest_seconds", "How long the oldest job that is due has waited.", labels=["queue"]
        )
        workers = GaugeMetricFamily("slimy_queue_workers", "Workers that hold a slot of the queue.", labels=["queue"])
        slots = GaugeMetricFamily("slimy_queue_slots", "Workers that may work on it at a time.", labels=["queue"])
        for row in rows or ():
            name = row["queue"]
            depth.add_metric([name, "waiting"], row["queued"] - row["delayed"])
            depth.add_metric([name, "delayed"], row["delayed"])
            depth.add_metric([name, "active"], row["active"])
            oldest.add_metric([name], max(0.0, row["oldest"]))
            workers.add_metric([name], row["workers"])
            slots.add_metric([name], settings.QUEUES[name])
        yield from (depth, oldest, workers, slots)

    def _latest(self) -> list[Row] | None:
        with self._lock:
            if time.monotonic() >= self._until:
                self._rows = self._ask()
                self._until = time.monotonic() + KEPT
            return self._rows

    def _ask(self) -> list[Row] | None:
        try:
            return depths()
        except DatabaseError as error:
            if _may_warn():
                log.warning("Ledger not read for metrics", action="ledger_not_read", error=str(error)[:300])
            return None
