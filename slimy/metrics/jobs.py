"""What is counted of jobs; called a few times a batch, never once a job."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from slimy import metrics

if TYPE_CHECKING:
    from slimy.jobs.models import Job
    from slimy.jobs.report import Outcome

UNKNOWN = "unknown"  # the type of a row that no app knows (any more)


def accepted(job: Job) -> None:
    """A job came into the ledger."""
    metrics.JOBS_ACCEPTED.labels(job.queue, job.type).inc()


def started(jobs: Sequence[Job]) -> None:
    """A worker claimed them; those that were never tried have waited until now."""
    now = time.time()
    waits: dict[tuple[str, str], list[float]] = defaultdict(list)
    begun: Counter[tuple[str, str]] = Counter()
    for job in jobs:
        kind = (job.queue, job.type)
        begun[kind] += 1
        if job.attempts == 1:
            waits[kind].append(now - job.created_at.timestamp())
    for kind, count in begun.items():
        metrics.JOBS_STARTED.labels(*kind).inc(count)
    for kind, some in waits.items():
        metrics.JOB_WAIT_SECONDS.labels(*kind).observe_all(some)


def finished(outcomes: Sequence[Outcome], statuses: Mapping[UUID, str]) -> None:
    """A batch has committed; `statuses` are those of its failed attempts."""
    seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
    completed: Counter[tuple[str, str]] = Counter()
    for outcome in outcomes:
        job = outcome.job
        kind = (job.queue, job.type)
        seconds[kind].append(outcome.seconds)
        if job.pk in statuses:
            counter = metrics.JOBS_FAILED if statuses[job.pk] == "failed" else metrics.JOBS_RETRIED
            counter.labels(*kind, getattr(outcome.end, "code", UNKNOWN)).inc()
        else:
            completed[kind] += 1
    for kind, some in seconds.items():
        metrics.JOB_SECONDS.labels(*kind).observe_all(some)
    for kind, count in completed.items():
        metrics.JOBS_COMPLETED.labels(*kind).inc(count)
