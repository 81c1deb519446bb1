"""Runs the jobs behind delivered ids: claim → perform → record → report.

Claiming is a short transaction. Performing and recording are one:
effects and `completed` commit together or not at all.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.db import connection

from slimy import jsonb
from slimy.cache import invalidate_together
from slimy.exceptions import ResultRefused
from slimy.jobs import registry
from slimy.jobs.failures import SwallowedDatabaseError, aborts_batch, connection_is_lost, failure_of
from slimy.jobs.faults import fault
from slimy.jobs.ledger import Completion, Failure
from slimy.jobs.models import Job, Status
from slimy.logs import get_logger
from slimy.sql import query, tx

log = get_logger(__name__)

BATCH_SECONDS = 0.1  # a batch starts no further job after this long, so that none waits long for its neighbours
MAX_RESULT_BYTES = 4 * 1024 * 1024  # 200 messages of 4000 characters at 4 bytes, with room for their ids


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


class Executor:
    """Executes jobs for the worker called `worker`, of `queues` only."""

    def __init__(self, worker: str, queues: Sequence[str]) -> None:
        self.worker = worker
        self.queues = queues

    def execute(self, ids: Sequence[UUID]) -> Tally:
        """Run what is due among `ids` and say what came of it; ids that can't be claimed are dropped and counted.

        Raises only what makes any work impossible: the database is gone, or the process is to stop.
        """
        unique = list(dict.fromkeys(ids))
        tally, taken = self._batch(unique, alone=len(unique) == 1)
        missing = [id for id in unique if id not in taken]
        for id in Job.objects.suspects(missing) if missing and len(unique) > 1 else ():
            some, held = self._batch([id], alone=True)
            tally += some
            taken |= held
        tally.dropped += len(ids) - len(taken)
        return tally

    def _batch(self, ids: Sequence[UUID], *, alone: bool) -> tuple[Tally, set[UUID]]:
        """Claim and work; when the transaction is aborted, give everything back and go on one by one."""
        claim = Job.objects.claim(ids, self.worker, self.queues, alone=alone)
        if claim is None:
            return Tally(), set()
        try:
            fault("after_claim")
            outcomes, rest, statuses = self._work(claim)
            fault("after_commit")
        except Exception as error:
            return self._after_abort(claim, error, alone=alone)
        report(outcomes, statuses)
        tally = _tally(outcomes, statuses)
        tally.rest = rest
        return tally, {outcome.job.pk for outcome in outcomes} | set(rest)

    def _work(self, claim: UUID) -> tuple[list[Outcome], list[UUID], dict[UUID, str]]:
        """One transaction: lock the jobs again, perform each in its savepoint, record all."""
        with tx(), invalidate_together():
            query("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '30s'; SET CONSTRAINTS ALL IMMEDIATE")
            jobs = sorted(Job.objects.held(claim), key=_lock_key)
            outcomes, rest = _perform(jobs)
            ends = [outcome.end for outcome in outcomes]
            Job.objects.complete(claim, [end for end in ends if isinstance(end, Completion)])
            statuses = Job.objects.fail(claim, [end for end in ends if isinstance(end, Failure)])
            Job.objects.postpone(claim, rest)
            fault("before_commit")
        return outcomes, rest, statuses

    def _after_abort(self, claim: UUID, error: Exception, *, alone: bool) -> tuple[Tally, set[UUID]]:
        """The batch was aborted, by no fault of a single job that we know of.

        What its COMMIT did, if it got that far, isn't known: only rows that still carry the claim go back.
        """
        if connection_is_lost():
            connection.close()
        ids = Job.objects.give_back(claim, delay=1 if alone else 0)
        log.warning("Batch aborted", action="batch_aborted", jobs=len(ids), error=type(error).__name__, exc_info=error)
        tally = Tally()
        for id in () if alone else ids:
            tally += self._batch([id], alone=True)[0]
        return tally, set(ids)


def _lock_key(job: Job) -> tuple[str, str, int]:
    try:
        return registry.get(job.type).lock_key(job)
    except Exception:
        return ("", "", job.number)  # an unknown type fails by itself, in its turn


def _perform(jobs: Sequence[Job]) -> tuple[list[Outcome], list[UUID]]:
    """Perform jobs in turn until the time of a batch is up; returns the outcomes and the ids not begun."""
    outcomes: list[Outcome] = []
    begun = time.perf_counter()
    for index, job in enumerate(jobs):
        if index and time.perf_counter() - begun > BATCH_SECONDS:
            return outcomes, [late.pk for late in jobs[index:]]
        outcomes.append(_attempt(job))
    return outcomes, []


def _attempt(job: Job) -> Outcome:
    """One job in its savepoint. Raises only errors that abort the batch."""
    started = time.perf_counter()
    end: Completion | Failure
    try:
        with tx():
            end = Completion(job, _result_of(job))
            fault("mid_job")
            if connection.needs_rollback:
                raise SwallowedDatabaseError(SwallowedDatabaseError.__doc__)
    except (Exception, SystemExit) as error:
        if aborts_batch(error) or connection.needs_rollback:
            raise
        end = failure_of(job, error)
    return Outcome(job, end, time.perf_counter() - started)


def _result_of(job: Job) -> str:
    """Check the payload and the owner's rights again, do the work, and return its result as bounded JSON text."""
    job_type = registry.get(job.type)
    data = job_type.check(job.owner, job.payload)
    result = job_type.perform(job, data)
    try:
        return jsonb.strict(dict(result), MAX_RESULT_BYTES)
    except (ValueError, TypeError, RecursionError) as error:
        raise ResultRefused(f"The result {error}.") from error


def _tally(outcomes: Sequence[Outcome], statuses: dict[UUID, str]) -> Tally:
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


def execute_one(ledger_id: str) -> None:
    """What RQ's own worker would run for a message: the same work, one job at a time."""
    Executor("stock", settings.QUEUES).execute([UUID(ledger_id)])
