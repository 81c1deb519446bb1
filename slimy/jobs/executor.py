"""Runs the jobs behind delivered ids: claim → perform → record → report.

Claiming is a short transaction. Performing and recording are one:
effects and `completed` commit together or not at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from django.conf import settings
from django.db import connection

from slimy import jsonb
from slimy.cache import invalidate_together
from slimy.exceptions import JobTimeout, ResultRefused
from slimy.jobs import registry
from slimy.jobs.failures import SwallowedDatabaseError, aborts_batch, connection_is_lost, failure_of
from slimy.jobs.faults import fault
from slimy.jobs.ledger import Completion, Failure
from slimy.jobs.models import Job
from slimy.jobs.report import Outcome, Tally, report, tally_of
from slimy.jobs.slots import Slots
from slimy.logs import get_logger
from slimy.sql import tx
from slimy.time_limits import GRACE, OutOfTime, abandon_connection, is_leaving, limit_statements, within

log = get_logger(__name__)

BATCH_SECONDS = 0.1  # a batch starts no further job after this long, so that none waits long for its neighbours
MAX_RESULT_BYTES = 4 * 1024 * 1024  # 200 messages of 4000 characters at 4 bytes, with room for their ids


class Overdue(BaseException):
    """A job has used up its time; the transaction of its batch is gone."""

    def __init__(self, job: Job, seconds: float) -> None:
        super().__init__(job.pk)
        self.failure = failure_of(job, JobTimeout())
        self.seconds = seconds


class Executor:
    """Executes jobs for the worker called `worker`, of `queues` only: those it gives at the moment of a claim.

    `alive` is called for every batch, to show that something moves.
    """

    def __init__(self, worker: str, queues: Iterable[str], alive: Callable[[], None] = lambda: None) -> None:
        self.worker = worker
        self.queues = queues
        self.alive = alive

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
        self.alive()
        claim = Job.objects.claim(ids, self.worker, list(self.queues), alone=alone)
        if claim is None:
            return Tally(), set()
        try:
            fault("after_claim")
            outcomes, rest, statuses = self._work(claim)
            fault("after_commit")
        except Overdue as overdue:
            return self._after_deadline(claim, overdue)
        except Exception as error:
            return self._after_abort(claim, error, alone=alone)
        return _reported(outcomes, statuses, rest)

    def _work(self, claim: UUID) -> tuple[list[Outcome], list[UUID], dict[UUID, str]]:
        """One transaction: lock the jobs again, perform each in its savepoint, record all."""
        with tx(), invalidate_together():
            limit_statements(settings.JOBS["SECONDS"], before="SET CONSTRAINTS ALL IMMEDIATE; ")
            jobs = sorted(Job.objects.held(claim), key=_lock_key)
            outcomes, rest = _perform(jobs)
            ends = [outcome.end for outcome in outcomes]
            Job.objects.complete(claim, [end for end in ends if isinstance(end, Completion)])
            statuses = Job.objects.fail(claim, [end for end in ends if isinstance(end, Failure)])
            Job.objects.postpone(claim, rest)
            fault("before_commit")
        return outcomes, rest, statuses

    def _after_deadline(self, claim: UUID, late: Overdue) -> tuple[Tally, set[UUID]]:
        """The attempt of the late job has failed, its neighbours are as if they had never been taken.

        When the process is to end, so is the late one: it wasn't its time that was up, but ours.
        """
        job = late.failure.job
        statuses = {} if is_leaving() else Job.objects.fail(claim, [late.failure], all_held=False)
        rest = Job.objects.release(claim)
        where = late.__cause__
        log.warning("Job out of time", action="job_timeout", job_id=str(job.pk), neighbours=len(rest), exc_info=where)
        return _reported([Outcome(job, late.failure, late.seconds)] if statuses else [], statuses, rest)

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
    """One job in its savepoint. Raises only errors that abort the batch, and Overdue."""
    started = time.perf_counter()
    end: Completion | Failure
    try:
        with tx():
            end = Completion(job, _in_time(job))
            if connection.needs_rollback:
                raise SwallowedDatabaseError(SwallowedDatabaseError.__doc__)
    except OutOfTime as late:
        raise Overdue(job, time.perf_counter() - started) from late
    except (Exception, SystemExit) as error:
        if aborts_batch(error) or connection.needs_rollback:
            raise
        end = failure_of(job, error)
    return Outcome(job, end, time.perf_counter() - started)


def _in_time(job: Job) -> str:
    """The result of the job, within the time of its type. Raises OutOfTime; then the connection is gone."""
    job_type = registry.get(job.type)
    usual = settings.JOBS["SECONDS"]
    if job_type.seconds != usual:
        limit_statements(job_type.seconds)
    try:
        result = within(job_type.seconds * GRACE, lambda: _result_of(job, job_type))
    except OutOfTime:
        abandon_connection()
        raise
    if job_type.seconds != usual and not connection.needs_rollback:
        limit_statements(usual)
    return result


def _result_of(job: Job, job_type: registry.JobType) -> str:
    """Check the payload and the owner's rights again, do the work, and return its result as bounded JSON text."""
    data = job_type.check(job.owner, job.payload)
    result = job_type.perform(job, data)
    fault("mid_job")
    try:
        return jsonb.strict(dict(result), MAX_RESULT_BYTES)
    except (ValueError, TypeError, RecursionError) as error:
        raise ResultRefused(f"The result {error}.") from error


def _reported(outcomes: Sequence[Outcome], statuses: dict[UUID, str], rest: list[UUID]) -> tuple[Tally, set[UUID]]:
    report(outcomes, statuses)
    tally = tally_of(outcomes, statuses)
    tally.rest = rest
    return tally, {outcome.job.pk for outcome in outcomes} | set(rest)


def execute_one(ledger_id: str) -> None:
    """What RQ's own worker would run for a message: the same work, one job at a time."""
    Executor("stock", Slots(list(settings.QUEUES))).execute([UUID(ledger_id)])
