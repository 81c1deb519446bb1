"""Slow work outside a transaction, such as asking another server: prepare → step outside → record.

A type with `outside` gets its rights checked and its inputs read in a short transaction, then calls out with none
open, then records what came of it in a second one. The claim is committed all the while and belongs to the session
of its worker: when that ends, the job is rescued; as long as it lives, the job is left to it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from psycopg.pq import TransactionStatus

from slimy import jsonb
from slimy.accounts.models import User
from slimy.cache import invalidate_together
from slimy.jobs import registry
from slimy.jobs.attempts import Overdue, attempt
from slimy.jobs.failures import SwallowedDatabaseError, aborts_batch, connection_is_lost, failure_of
from slimy.jobs.faults import fault
from slimy.jobs.ledger import Claim, Completion, Failure
from slimy.jobs.models import Job
from slimy.jobs.registry import Data, JobType
from slimy.jobs.report import Outcome
from slimy.logs import get_logger
from slimy.sql import send_along, tx
from slimy.time_limits import GRACE, OutOfTime, abandon_connection, limit_statements, within

log = get_logger(__name__)

T = TypeVar("T")
Ends = tuple[list[Outcome], list[UUID], dict[UUID, str]]  # as a batch ends: outcomes, ids not begun, statuses

PROGRESS_A_SECOND = 3
LONGEST_WORD = 200  # characters of `current`
MOST = 2**31 - 1
RECORD_TRIES = 3  # an answer is dear: what aborts a transaction doesn't cost a second one


class ClaimLost(Exception):
    """The job was given to somebody else meanwhile; what was done for it here counts for nothing."""


class Progress:
    """How far the work of a claim is: `progress(done, total, current)`, shown to the owner while the job is active."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim.token
        self._written: deque[float] = deque(maxlen=PROGRESS_A_SECOND)

    def __call__(self, done: int, total: int, current: str = "") -> None:
        """Note that `done` of `total` are done and what is being done; more than a few a second are left out.

        Raises ClaimLost. A database that is away is no reason to stop: the end of the job will show it.
        """
        now = time.monotonic()
        if len(self._written) == PROGRESS_A_SECOND and now - self._written[0] < 1:
            return
        self._written.append(now)
        total = min(max(total, 0), MOST)
        shown = {"done": min(max(done, 0), total), "total": total, "current": current[:LONGEST_WORD]}
        try:
            kept = Job.objects.note_progress(self._claim, jsonb.cleaned(shown))
        except DatabaseError as error:
            if not aborts_batch(error):
                raise
            connection.close()
            return
        if not kept:
            raise ClaimLost


def is_outside(claim: Claim) -> bool:
    """True when the claim is one job that works outside a transaction."""
    return len(claim.jobs) == 1 and claim.jobs[0].type in registry.outside()


def work_outside(claim: Claim, alive: Callable[[], None]) -> Ends:
    """Do the one job of a claim. Raises what aborts a batch, and Overdue; `alive` is called between the steps."""
    (job,) = claim.jobs
    job_type, started = registry.get(job.type), time.perf_counter()
    try:
        data, inputs = _in_time(job, job_type, partial(_prepared, claim, job, job_type))
        alive()
        answer = _in_time(job, job_type, partial(_asked, claim, job, job_type, data, inputs))
        alive()
        fault("outside")
        outcomes, rest, statuses = _recorded(claim, job, answer)
    except ClaimLost:
        log.warning("Job lost on the way", action="job_lost", job_id=str(job.pk), type=job.type)
        return [], [], {}
    except (Exception, SystemExit) as error:
        if aborts_batch(error):
            raise
        outcomes, rest, statuses = _failed(claim, failure_of(job, error))
    seconds = time.perf_counter() - started
    return [replace(outcome, seconds=seconds) for outcome in outcomes], rest, statuses


def _in_time(job: Job, job_type: JobType, step: Callable[[], T]) -> T:
    """What the step returns, within the time of its type. Raises Overdue."""
    started = time.perf_counter()
    try:
        return within(job_type.seconds * GRACE, step)
    except OutOfTime as late:
        if _status() not in (None, TransactionStatus.IDLE):
            abandon_connection()  # else it struck elsewhere, and the session keeps the claim until it is recorded
        raise Overdue(job, time.perf_counter() - started) from late


def _status() -> TransactionStatus | None:
    """What PostgreSQL says of the transaction; None without a connection."""
    raw = connection.connection
    return raw.info.transaction_status if raw is not None else None


def _prepared(claim: Claim, job: Job, job_type: JobType) -> tuple[Data, Any]:
    """The checked payload and the inputs; from here on the worker may be silent for as long as the work may take."""
    silence = 3 * job_type.seconds * GRACE + settings.JOBS["HANG_SECONDS"]
    with tx():
        limit_statements(settings.JOBS["SECONDS"])
        if not Job.objects.step_outside(claim, silence):
            raise ClaimLost
        data = job_type.check(job.owner, job.payload)
        inputs = job_type.inputs(job, data) if job_type.inputs else None
        if connection.needs_rollback or _status() == TransactionStatus.INERROR:
            raise SwallowedDatabaseError(SwallowedDatabaseError.__doc__)
    return data, inputs


def _asked(claim: Claim, job: Job, job_type: JobType, data: Data, inputs: Any) -> Any:
    if job_type.outside is None:  # never: see is_outside
        raise TypeError(f"{job.type} has no work outside")
    return job_type.outside(job, data, inputs, Progress(claim))


def _recorded(claim: Claim, job: Job, answer: Any) -> Ends:
    """Effects and `completed`, or the failure, in one transaction; again when it is aborted by no fault of the job."""
    for left in reversed(range(RECORD_TRIES)):
        try:
            return _record(claim, job, answer)
        except DatabaseError as error:
            if not left or not aborts_batch(error):
                raise
            if connection_is_lost():
                connection.close()
            log.warning("Recording is tried again", action="record_again", job_id=str(job.pk), exc_info=error)
            time.sleep(0.1)
    raise AssertionError  # the last try returns or raises


def _record(claim: Claim, job: Job, answer: Any) -> Ends:
    with tx(), invalidate_together():
        send_along("SET CONSTRAINTS ALL IMMEDIATE")
        limit_statements(settings.JOBS["SECONDS"])
        if not Job.objects.hold(claim):
            raise ClaimLost
        job.owner = User.objects.defer("password").filter(jobs=job.pk).first()  # read again: it may be long ago
        outcome = attempt(job, answer)
        statuses: dict[UUID, str] = {}
        if isinstance(outcome.end, Completion):
            Job.objects.complete(claim.token, [outcome.end])
        else:
            statuses = Job.objects.fail(claim.token, [outcome.end])
        fault("before_commit")
    return [outcome], [], statuses


def _failed(claim: Claim, failure: Failure) -> Ends:
    statuses = Job.objects.fail(claim.token, [failure], all_held=False)
    return ([Outcome(failure.job, failure, 0)] if statuses else []), [], statuses
