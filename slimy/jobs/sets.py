"""Jobs of one type in one statement. What the type's function for many leaves out, or all of them when it fails, is
done one by one: so what happens to a job that is refused is said in one place, its own function.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, connection

from slimy import scope
from slimy.jobs import registry
from slimy.jobs.attempts import as_text
from slimy.jobs.failures import SwallowedDatabaseError, aborts_batch
from slimy.jobs.faults import fault
from slimy.jobs.ledger import Completion
from slimy.jobs.models import Job
from slimy.jobs.registry import Data, Many
from slimy.jobs.report import Outcome
from slimy.logs import OncePerSecond, get_logger
from slimy.sql import tx
from slimy.time_limits import GRACE, OutOfTime, abandon_connection, within

log = get_logger(__name__)
_may_warn = OncePerSecond()

SPLITS = 4  # then one by one


def many_of(name: str) -> Many | None:
    """The function that does many jobs of this type together, if there is one and JOBS_SET_BASED allows it."""
    return registry.many(name) if settings.JOBS["SET_BASED"] else None


def runs(jobs: Iterable[Job]) -> Iterator[tuple[Many | None, list[Job]]]:
    """Neighbours of one type, in their order, and the function for many where they can be done together."""
    for name, some in groupby(jobs, key=lambda job: job.type):
        yield many_of(name), list(some)


def attempt_together(many: Many, jobs: Sequence[Job], splits: int = SPLITS) -> list[Outcome]:
    """The outcomes of those that could be done together, in a savepoint. Raises only what aborts the batch.

    When one of them spoils it, the others go on in halves.
    """
    began = time.perf_counter()
    try:
        with tx():
            texts = within(settings.JOBS["SECONDS"] * GRACE, lambda: _perform(many, jobs))
    except OutOfTime as late:
        abandon_connection()
        raise InterfaceError("jobs took too long together") from late
    except Exception as error:
        if aborts_batch(error) or connection.needs_rollback:
            raise
        if _may_warn():
            log.warning("Jobs are split up", action="set_failed", type=jobs[0].type, jobs=len(jobs), exc_info=error)
        return _halves(many, jobs, splits)
    seconds = (time.perf_counter() - began) / len(jobs)
    return [Outcome(job, Completion(job, texts[job.id]), seconds) for job in jobs if job.id in texts]


def _halves(many: Many, jobs: Sequence[Job], splits: int) -> list[Outcome]:
    middle = len(jobs) // 2
    if not splits or middle < 2:
        return []
    return attempt_together(many, jobs[:middle], splits - 1) + attempt_together(many, jobs[middle:], splits - 1)


def _perform(many: Many, jobs: Sequence[Job]) -> dict[UUID, str]:
    scope.doing(jobs[0].type)
    ready = list(_ready(jobs))
    results = many(ready) if ready else {}
    fault("mid_job")
    if connection.needs_rollback:
        raise SwallowedDatabaseError(SwallowedDatabaseError.__doc__)
    return {pk: as_text(result) for pk, result in results.items()}


def _ready(jobs: Sequence[Job]) -> Iterator[tuple[Job, Data]]:
    """Those whose owner and payload are in order; the function for many looks after all other rights."""
    job_type = registry.get(jobs[0].type)
    for job in jobs:
        try:
            yield job, job_type.read(job.owner, job.payload)
        except Exception:  # noqa: S112  it fails again, by itself, and that is recorded  # nosec B112
            continue
