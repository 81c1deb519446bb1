"""How many jobs there are of a kind: counted while they are few, else as PostgreSQL's planner estimates them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection
from django.db.models import QuerySet

from slimy.jobs.admin.figures import queues, waiting
from slimy.jobs.models import TERMINAL, Job, Status
from slimy.sql import query, tx

NEWEST = 2_000  # jobs that are counted where filters leave no index to count with
QUICKLY = "150ms"
EXACT = 1_000  # jobs of a queue and state that are counted one by one

# Each branch names its state as the index does that it reads (job_finished, job_to_ring, job_to_rescue).
_COUNTS = """
SELECT q.queue, s.status, (SELECT count(*) FROM (SELECT FROM slimy_job j WHERE j.queue = q.queue
         AND j.status = s.status AND j.finished_at IS NOT NULL LIMIT %(most)s) found) AS jobs
  FROM unnest(%(queues)s::text[]) AS q(queue) CROSS JOIN unnest(%(statuses)s::text[]) AS s(status)
 UNION ALL
SELECT q.queue, 'queued', (SELECT count(*) FROM (SELECT FROM slimy_job j WHERE j.queue = q.queue
         AND j.status = 'queued' LIMIT %(most)s) found)
  FROM unnest(%(queues)s::text[]) AS q(queue)
 UNION ALL
SELECT q.queue, 'active', (SELECT count(*) FROM (SELECT FROM slimy_job j WHERE j.queue = q.queue
         AND j.status = 'active' LIMIT %(most)s) found)
  FROM unnest(%(queues)s::text[]) AS q(queue)"""
_OF_THESE = """
SELECT queue, CASE WHEN status = 'queued' AND available_at > greatest(created_at, now()) THEN 'delayed' ELSE status END
         AS state, count(*) AS jobs FROM ({}) AS found(queue, status, available_at, created_at) GROUP BY 1, 2"""


@dataclass(frozen=True)
class Amount:
    """A number of jobs, which may be an estimate, or the least that there are."""

    jobs: int
    exact: bool = True
    at_least: bool = False

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.jobs + other.jobs, self.exact and other.exact, self.at_least or other.at_least)

    def __str__(self) -> str:
        return f"{self.jobs:,}{'+' if self.at_least else ''}" if self.exact else f"~{_short(self.jobs)}"


Amounts = dict[tuple[str, str], Amount]  # of (queue, state), "delayed" being one


def amounts() -> Amounts:
    """How many jobs each queue has in each state."""
    values = {"queues": queues(), "statuses": list(TERMINAL), "most": EXACT + 1}
    found = {(row["queue"], row["status"]): row["jobs"] for row in query(_COUNTS, values)}
    counted = {kind: Amount(jobs) if jobs <= EXACT else _of_kind(*kind) for kind, jobs in found.items()}
    return _with_delayed(counted)


def amounts_of(jobs: QuerySet[Job]) -> Amounts:
    """How many of the newest of these each queue has in each state; nothing when that isn't told quickly."""
    newest = jobs.order_by("-pk").values("queue", "status", "available_at", "created_at")[:NEWEST]
    try:
        sql, params = newest.query.sql_with_params()
        with tx():
            query(f"SET LOCAL statement_timeout = '{QUICKLY}'")
            rows = query(_OF_THESE.format(sql), params)
    except (OperationalError, EmptyResultSet):
        return {}
    more = sum(row["jobs"] for row in rows) == NEWEST
    return _of_every_kind({(row["queue"], row["state"]): row["jobs"] for row in rows}, at_least=more)


def amounts_in(jobs: list[Job]) -> Amounts:
    """How many of these each queue has in each state."""
    return _of_every_kind(Counter((job.queue, job.shown_status) for job in jobs), at_least=False)


def _of_every_kind(found: Mapping[tuple[str, str], int], *, at_least: bool) -> Amounts:
    kinds = {(queue, state): 0 for queue in queues() for state in (*Status, "delayed")}
    return {kind: Amount(count, at_least=at_least) for kind, count in (kinds | dict(found)).items()}


def _with_delayed(counted: Amounts) -> Amounts:
    """Retries that wait for their time are queued in the ledger and apart in the list."""
    waits = waiting()
    for name in queues():
        queued, later = counted[name, "queued"], waits.get(name, {}).get("later", 0)
        counted[name, "delayed"] = Amount(later, exact=queued.exact)
        counted[name, "queued"] = Amount(max(0, queued.jobs - later), queued.exact)
    return counted


def amount_of(jobs: QuerySet[Job], exact: int = EXACT) -> Amount:
    """How many these are, counted up to `exact`."""
    counted = jobs.order_by()[: exact + 1].count()
    return Amount(counted) if counted <= exact else estimate(jobs, at_least=exact)


def estimate(jobs: QuerySet[Job], at_least: int = EXACT) -> Amount:
    """What the planner expects, from the statistics of the last ANALYZE; reads no job."""
    try:
        sql, params = jobs.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return Amount(0)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        plan: Any = cursor.fetchone()[0]
    found = json.loads(plan) if isinstance(plan, str) else plan
    return Amount(max(at_least, int(found[0]["Plan"]["Plan Rows"])), exact=False)


def _of_kind(queue: str, status: str) -> Amount:
    return estimate(Job.objects.filter(queue=queue, status=status))


def _short(count: int) -> str:
    """Two digits that count: "12k", "5.7k", "980k", "1.2M"."""
    for size, unit in ((999_500, "M"), (1_000, "k")):
        if count >= size:
            value = count / (1_000_000 if unit == "M" else 1_000)
            return f"{value:.1f}{unit}" if value < 10 else f"{value:.0f}{unit}"
    return str(count)
