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

from slimy import scope
from slimy.cache import invalidate_together
from slimy.jobs import registry
from slimy.jobs.attempts import Overdue, attempt
from slimy.jobs.failures import connection_is_lost
from slimy.jobs.faults import fault
from slimy.jobs.ledger import Claim, Completion, Failure
from slimy.jobs.models import Job
from slimy.jobs.outside import is_outside, work_outside
from slimy.jobs.report import Outcome, Tally, report, tally_of
from slimy.jobs.sets import attempt_together, many_of, runs
from slimy.jobs.slots import Slots
from slimy.logs import get_logger
from slimy.metrics import jobs as metrics
from slimy.sql import send_along, tx
from slimy.time_limits import is_leaving, limit_statements

log = get_logger(__name__)

BATCH_SECONDS = 0.1  # a batch starts no further job after this long, so that none waits long for its neighbours
SAVEPOINTS = 50  # PostgreSQL keeps 64 subtransactions of a session at hand; with more, every snapshot gets slow


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
        now, later = Job.objects.suspects(missing, registry.outside()) if missing and len(unique) > 1 else ([], [])
        for id in now:
            some, held = self._batch([id], alone=True)
            tally += some
            taken |= held
        taken |= set(later)  # their messages come again
        tally.dropped += len(ids) - len(taken)
        return tally

    def _batch(self, ids: Sequence[UUID], *, alone: bool) -> tuple[Tally, set[UUID]]:
        """Claim and work; when the transaction is aborted, give everything back and go on one by one."""
        self.alive()
        scope.doing("")
        claim = Job.objects.claim(ids, self.worker, list(self.queues), alone=alone, apart=registry.outside())
        if claim is None:
            return Tally(), set()
        try:
            claimed = time.time()
            fault("after_claim")
            outcomes, rest, statuses = work_outside(claim, self.alive) if is_outside(claim) else self._work(claim)
            metrics.waited(outcomes, claimed)
            fault("after_commit")
        except Overdue as overdue:
            return self._after_deadline(claim, overdue)
        except Exception as error:
            return self._after_abort(claim, error)
        return _reported(outcomes, statuses, rest)

    def _work(self, claim: Claim) -> tuple[list[Outcome], list[UUID], dict[UUID, str]]:
        """One transaction: lock the jobs again, perform each in a savepoint or many in one, record all."""
        with tx(), invalidate_together():
            send_along("SET CONSTRAINTS ALL IMMEDIATE")
            limit_statements(settings.JOBS["SECONDS"])
            outcomes, rest = _perform(sorted(_held(claim), key=_lock_key))
            ends = [outcome.end for outcome in outcomes]
            Job.objects.complete(claim.token, [end for end in ends if isinstance(end, Completion)])
            statuses = Job.objects.fail(claim.token, [end for end in ends if isinstance(end, Failure)])
            Job.objects.postpone(claim.token, rest)
            fault("before_commit")
        return outcomes, rest, statuses

    def _after_deadline(self, claim: Claim, late: Overdue) -> tuple[Tally, set[UUID]]:
        """The attempt of the late job has failed, its neighbours are as if they had never been taken.

        When the process is to end, so is the late one: it wasn't its time that was up, but ours.
        """
        job = late.failure.job
        statuses = {} if is_leaving() else Job.objects.fail(claim.token, [late.failure], all_held=False)
        rest = Job.objects.release(claim.token)
        where = late.__cause__
        log.warning("Job out of time", action="job_timeout", job_id=str(job.pk), neighbours=len(rest), exc_info=where)
        return _reported([Outcome(job, late.failure, late.seconds)] if statuses else [], statuses, rest)

    def _after_abort(self, claim: Claim, error: Exception) -> tuple[Tally, set[UUID]]:
        """The batch was aborted, by no fault of a single job that we know of: it goes on in halves.

        What its COMMIT did, if it got that far, isn't known: only rows that still carry the claim go back.
        """
        if connection_is_lost():
            connection.close()
        alone = len(claim.jobs) == 1
        ids = Job.objects.give_back(claim.token, delay=1 if alone else 0)
        log.warning("Batch aborted", action="batch_aborted", jobs=len(ids), error=type(error).__name__, exc_info=error)
        tally, middle = Tally(), (len(ids) + 1) // 2
        for half in () if alone else (ids[:middle], ids[middle:]):
            if half:
                tally += self._batch(half, alone=len(half) == 1)[0]
        return tally, set(ids)


def _held(claim: Claim) -> list[Job]:
    """The jobs of a claim, locked: at once, or with the first statement where all are done together.

    One that is quickly done by itself needs no lock but that of its completion, which fails when it was rescued.
    """
    together = all(many_of(job.type) for job in claim.jobs)
    if together and len(claim.jobs) == 1:
        return claim.jobs
    return Job.objects.hold_along(claim) if together else Job.objects.hold(claim)


def _lock_key(job: Job) -> tuple[str, str, int]:
    try:
        return registry.get(job.type).lock_key(job)
    except Exception:
        return ("", "", job.number)  # an unknown type fails by itself, in its turn


def _perform(jobs: Sequence[Job]) -> tuple[list[Outcome], list[UUID]]:
    """Perform jobs in turn until the time of a batch is up; returns the outcomes and the ids not begun."""
    outcomes: list[Outcome] = []
    until = time.perf_counter() + BATCH_SECONDS
    alone = 0
    for many, some in runs(jobs):
        if many and (not outcomes or time.perf_counter() < until):
            outcomes += attempt_together(many, some)
        done = {outcome.job.id for outcome in outcomes} if many else set()
        for job in some:
            if job.id not in done and (not outcomes or (time.perf_counter() < until and alone < SAVEPOINTS)):
                outcomes.append(attempt(job))
                alone += 1
    begun = {outcome.job.id for outcome in outcomes}
    return outcomes, [job.id for job in jobs if job.id not in begun]


def _reported(outcomes: Sequence[Outcome], statuses: dict[UUID, str], rest: list[UUID]) -> tuple[Tally, set[UUID]]:
    report(outcomes, statuses)
    tally = tally_of(outcomes, statuses)
    tally.rest = rest
    return tally, {outcome.job.id for outcome in outcomes} | set(rest)


def execute_one(ledger_id: str) -> None:
    """What RQ's own worker would run for a message: the same work, one job at a time."""
    Executor("stock", Slots(list(settings.QUEUES))).execute([UUID(ledger_id)])
