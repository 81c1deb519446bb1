"""An exception says what happens next; this page translates it into what the ledger records."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import InterfaceError, connection
from django.utils import timezone

from slimy import jsonb
from slimy.exceptions import JobTimeout, PayloadRefused, PermanentError, RetryLater, SlimyError, UnknownJobType
from slimy.jobs import backoff
from slimy.jobs.ledger import Failure

if TYPE_CHECKING:
    from slimy.jobs.models import Job

MAX_TRACE = 4000  # characters kept of a message or a traceback

# SQLSTATEs that aren't any job's fault (PostgreSQL, appendix A): serialization failure and deadlock, lost
# connections, resources exhausted, server going down, idle in transaction too long.
_ABORTING = ("40001", "40P01", "08", "53", "57P", "58", "25P03")

_QUERY_CANCELED = "57014"  # by statement_timeout


class SwallowedDatabaseError(Exception):
    """A handler caught a database error and went on as if nothing had happened; its work is lost."""


def connection_is_lost() -> bool:
    """True when the connection of this thread can't carry another statement."""
    raw = connection.connection
    return raw is None or bool(raw.closed)


def aborts_batch(error: BaseException) -> bool:
    """True when the error isn't this job's matter: the whole batch goes back, no attempt spent."""
    if not isinstance(error, DatabaseError):
        return False
    return isinstance(error, InterfaceError) or sqlstate(error).startswith(_ABORTING) or connection_is_lost()


def sqlstate(error: BaseException) -> str:
    """PostgreSQL's code of a database error; empty when it has none."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def failure_of(job: Job, error: BaseException) -> Failure:
    """What to record for a job that raised `error`."""
    kind = _kind_of(error)
    pause = _until_upgrade(job) if isinstance(error, UnknownJobType | PayloadRefused) else None
    if isinstance(error, RetryLater):
        pause = error.seconds
    return Failure(
        job=job,
        error=jsonb.cleaned(_entry(job, error, kind)),
        code=kind.code,
        delay=backoff.jittered(max(job.attempts, 1)) if pause is None else pause,
        permanent=isinstance(error, PermanentError) and pause is None,
        free=pause is not None,
    )


def _until_upgrade(job: Job) -> float | None:
    """Seconds until a job is tried again that the door has accepted and we don't understand: the other one was of
    another version, and workers of that version may be about to come, or to take it. None when none came for long.
    """
    age = (timezone.now() - job.created_at).total_seconds()
    return min(max(age, 5.0), 300.0) if age < settings.JOBS["UPGRADE_SECONDS"] else None


def _kind_of(error: BaseException) -> type[SlimyError]:
    if isinstance(error, SlimyError):
        return type(error)
    return JobTimeout if sqlstate(error) == _QUERY_CANCELED else SlimyError


def _entry(job: Job, error: BaseException, kind: type[SlimyError]) -> dict[str, object]:
    """One item of `errors`; only `code`, `public` and `details` are ever shown to the owner."""
    entry: dict[str, object] = {
        "attempt": job.attempts,
        "at": timezone.now().isoformat(),
        "code": kind.code,
        "type": type(error).__name__,
    }
    if isinstance(error, SlimyError):
        return entry | {"public": error.detail[:MAX_TRACE], "details": error.details}
    return entry | {
        "public": kind.public_text(),
        "message": str(error)[:MAX_TRACE],
        "trace": "".join(traceback.format_exception(error))[-MAX_TRACE:],
    }
