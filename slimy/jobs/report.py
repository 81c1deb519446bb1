"""What came of a batch: the tally that the worker counts with, and one log line a job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from slimy.jobs.ledger import Completion, Failure
from slimy.jobs.models import Job, Status
from slimy.logs import get_logger

log = get_logger(__name__)


@dataclass
class Tally:
    """What came of some ids: how many jobs ended how, and which found no time and want to be executed next."""

    completed: int = 0
    failed: int = 0
    retried: int = 0
    dropped: int = 0
    rest: list[UUID] = field(default_factory=list)

    def __iadd__(self, other: Tally) -> Tally:
        self.completed += other.completed
        self.failed += other.failed
        self.retried += other.retried
        self.dropped += other.dropped
        self.rest += other.rest
        return self


@dataclass(frozen=True)
class Outcome:
    """How one job of a batch ended, and how long it took in seconds."""

    job: Job
    end: Completion | Failure
    seconds: float


def tally_of(outcomes: Sequence[Outcome], statuses: dict[UUID, str]) -> Tally:
    """The tally of a batch; `statuses` are those of its failed attempts."""
    failed = sum(status == Status.FAILED for status in statuses.values())
    return Tally(completed=len(outcomes) - len(statuses), failed=failed, retried=len(statuses) - failed)


def report(outcomes: Sequence[Outcome], statuses: dict[UUID, str]) -> None:
    """One line a job, after the commit."""
    for outcome in outcomes:
        job = outcome.job
        log.info(
            "Job finished" if statuses.get(job.pk) != Status.QUEUED else "Job will be tried again",
            action="job_finished",
            job_id=str(job.pk),
            type=job.type,
            owner_id=job.owner_id,
            attempt=job.attempts,
            ms=round(outcome.seconds * 1000, 2),
            request_id=job.request_id,
            outcome=statuses.get(job.pk, Status.COMPLETED.value),
            code=outcome.end.code if isinstance(outcome.end, Failure) else None,
        )
