"""What is counted of jobs; called a few times a batch, never once a job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING
from uuid import UUID

from slimy import metrics

if TYPE_CHECKING:
    from slimy.jobs.models import Job
    from slimy.jobs.report import Outcome

_KIND = attrgetter("job.queue", "job.type")
UNKNOWN = "unknown"  # the code of an error without one


def accepted(job: Job) -> None:
    """A job came into the ledger."""
    metrics.JOBS_ACCEPTED.labels(job.queue, job.type).inc()


def waited(outcomes: Sequence[Outcome], claimed: float) -> None:
    """A batch was claimed at that moment (time.time()); those of it that were never tried had waited until then."""
    for kind, group in groupby(sorted(outcomes, key=_KIND), key=_KIND):
        waits = [claimed - one.job.created_at.timestamp() for one in group if one.job.attempts == 1]
        if waits:
            metrics.JOB_WAIT_SECONDS.labels(*kind).observe_all(waits)


def finished(outcomes: Sequence[Outcome], statuses: Mapping[UUID, str]) -> None:
    """A batch has committed; `statuses` are those of its failed attempts."""
    completed = [outcome for outcome in outcomes if outcome.job.id not in statuses] if statuses else outcomes
    for kind, group in groupby(sorted(completed, key=_KIND), key=_KIND):
        seconds = [outcome.seconds for outcome in group]
        metrics.JOBS_STARTED.labels(*kind).inc(len(seconds))
        metrics.JOBS_COMPLETED.labels(*kind).inc(len(seconds))
        metrics.JOB_SECONDS.labels(*kind).observe_all(seconds)
    for outcome in outcomes if statuses else ():
        if outcome.job.id in statuses:
            _failed(outcome, statuses[outcome.job.id])


def _failed(outcome: Outcome, status: str) -> None:
    kind = _KIND(outcome)
    counter = metrics.JOBS_FAILED if status == "failed" else metrics.JOBS_RETRIED
    counter.labels(*kind, getattr(outcome.end, "code", UNKNOWN)).inc()
    metrics.JOBS_STARTED.labels(*kind).inc()
    metrics.JOB_SECONDS.labels(*kind).observe(outcome.seconds)
