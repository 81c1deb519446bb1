"""How many jobs there are of a kind: counted while they are few, else as PostgreSQL's planner estimates them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from slimy.jobs.admin.figures import queues, waiting
from slimy.jobs.models import Job, Status
from slimy.sql import query

EXACT = 1_000  # jobs of a queue and state that are counted one by one

_COUNTS = """
SELECT q.queue, s.status, (SELECT count(*) FROM (SELECT FROM slimy_job j
         WHERE j.queue = q.queue AND j.status = s.status LIMIT %(most)s) found) AS jobs
  FROM unnest(%(queues)s::text[]) AS q(queue) CROSS JOIN unnest(%(statuses)s::text[]) AS s(status)"""


@dataclass(frozen=True)
class Amount:
    """A number of jobs, which may be an estimate."""

    jobs: int
    exact: bool = True

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.jobs + other.jobs, self.exact and other.exact)

    def __str__(self) -> str:
        return f"{self.jobs:,}" if self.exact else f"~{_short(self.jobs)}"


def amounts() -> dict[tuple[str, str], Amount]:
    """How many jobs each queue has in each state."""
    values = {"queues": queues(), "statuses": list(Status), "most": EXACT + 1}
    found = {(row["queue"], row["status"]): row["jobs"] for row in query(_COUNTS, values)}
    counted = {kind: Amount(jobs) if jobs <= EXACT else _of_kind(*kind) for kind, jobs in found.items()}
    return _with_delayed(counted)


def _with_delayed(counted: dict[tuple[str, str], Amount]) -> dict[tuple[str, str], Amount]:
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
    sql, params = jobs.order_by().values("pk").query.sql_with_params()
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
