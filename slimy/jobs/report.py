"""What came of a batch: the tally that the worker counts with, and what is logged of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from slimy.jobs.ledger import Completion, Failure
from slimy.jobs.models import Job, Status
from slimy.logs import get_logger
from slimy.metrics import jobs as metrics

log = get_logger(__name__)

A_LINE = 100  # jobs in one line: collectors of logs cut lines of more than 16 KiB


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
    """After the commit: counted, and one line a job; jobs of one type that completed together share lines."""
    metrics.finished(outcomes, statuses)
    for name, some in _by_type(outcome for outcome in outcomes if outcome.job.id not in statuses).items():
        for first in range(0, len(some), A_LINE):
            _log_completed(name, some[first : first + A_LINE])
    for outcome in outcomes:
        if outcome.job.id in statuses:
            _log_one(outcome, statuses[outcome.job.id])


def _by_type(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    found: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        found.setdefault(outcome.job.type, []).append(outcome)
    return found


def _log_completed(name: str, some: Sequence[Outcome]) -> None:
    if len(some) == 1:
        _log_one(some[0], Status.COMPLETED.value)
        return
    jobs = [[str(one.job.id), one.job.owner_id, one.job.request_id] for one in some]
    ms = round(sum(one.seconds for one in some) * 1000, 2)
    log.info("Jobs finished", action="jobs_finished", type=name, count=len(some), ms=ms, jobs=jobs)


def _log_one(outcome: Outcome, status: str) -> None:
    job = outcome.job
    log.info(
        "Job finished" if status != Status.QUEUED else "Job will be tried again",
        action="job_finished",
        job_id=str(job.pk),
        type=job.type,
        owner_id=job.owner_id,
        attempt=job.attempts,
        ms=round(outcome.seconds * 1000, 2),
        request_id=job.request_id,
        outcome=status,
        code=outcome.end.code if isinstance(outcome.end, Failure) else None,
    )
