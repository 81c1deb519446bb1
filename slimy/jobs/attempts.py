"""One job in its savepoint: its outcome, whatever it does, and no trace of it when it fails."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.db import connection

from slimy import jsonb, scope
from slimy.exceptions import JobTimeout, ResultRefused
from slimy.jobs import registry
from slimy.jobs.failures import SwallowedDatabaseError, aborts_batch, failure_of
from slimy.jobs.faults import fault
from slimy.jobs.ledger import Completion, Failure
from slimy.jobs.models import Job
from slimy.jobs.report import Outcome
from slimy.sql import tx
from slimy.time_limits import GRACE, OutOfTime, abandon_connection, limit_statements, within

MAX_RESULT_BYTES = 4 * 1024 * 1024  # 200 messages of 4000 characters at 4 bytes, with room for their ids


class Overdue(BaseException):
    """A job has used up its time; the transaction of its batch is gone."""

    def __init__(self, job: Job, seconds: float) -> None:
        super().__init__(job.pk)
        self.failure = failure_of(job, JobTimeout())
        self.seconds = seconds


def attempt(job: Job, *answer: Any) -> Outcome:
    """Perform a job, with what its work outside answered. Raises only errors that abort the batch, and Overdue."""
    started = time.perf_counter()
    end: Completion | Failure
    try:
        with tx():
            end = Completion(job, _in_time(job, *answer))
            if connection.needs_rollback:
                raise SwallowedDatabaseError(SwallowedDatabaseError.__doc__)
    except OutOfTime as late:
        raise Overdue(job, time.perf_counter() - started) from late
    except (Exception, SystemExit) as error:
        if aborts_batch(error) or connection.needs_rollback:
            raise
        end = failure_of(job, error)
    return Outcome(job, end, time.perf_counter() - started)


def _in_time(job: Job, *answer: Any) -> str:
    """The result of the job, within the time of its type. Raises OutOfTime; then the connection is gone."""
    job_type = registry.get(job.type)
    usual = settings.JOBS["SECONDS"]
    if job_type.seconds != usual:
        limit_statements(job_type.seconds)
    try:
        result = within(job_type.seconds * GRACE, lambda: _result_of(job, job_type, *answer))
    except OutOfTime:
        abandon_connection()
        raise
    if job_type.seconds != usual and not connection.needs_rollback:
        limit_statements(usual)
    return result


def _result_of(job: Job, job_type: registry.JobType, *answer: Any) -> str:
    """Check the payload and the owner's rights again, do the work, and return its result as text."""
    scope.doing(job.type)
    data = job_type.check(job.owner, job.payload)
    result = job_type.perform(job, data, *answer)
    fault("mid_job")
    return as_text(result)


def as_text(result: Any) -> str:
    """A result as bounded JSON text that PostgreSQL takes. Raises ResultRefused."""
    try:
        return jsonb.strict(dict(result), MAX_RESULT_BYTES)
    except (ValueError, TypeError, RecursionError) as error:
        raise ResultRefused(f"The result {error}.") from error
