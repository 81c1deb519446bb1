"""An exception says what happens next; this page translates it into what the ledger records."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from django.db import Error as DatabaseError
from django.db import InterfaceError, connection
from django.utils import timezone

from slimy import jsonb
from slimy.exceptions import PermanentError, RetryLater, SlimyError
from slimy.jobs import backoff
from slimy.jobs.ledger import Failure

if TYPE_CHECKING:
    from slimy.jobs.models import Job

MAX_TRACE = 4000  # characters kept of a message or a traceback

# SQLSTATEs that aren't any job's fault (PostgreSQL, appendix A): serialization failure and deadlock, lost
# connections, resources exhausted, server going down, idle in transaction too long.
_ABORTING = ("40001", "40P01", "08", "53", "57P", "58", "25P03")


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
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return isinstance(error, InterfaceError) or state.startswith(_ABORTING) or connection_is_lost()


def failure_of(job: Job, error: BaseException) -> Failure:
    """What to record for a job that raised `error`."""
    code = error.code if isinstance(error, SlimyError) else SlimyError.code
    return Failure(
        job=job,
        error=jsonb.cleaned(_entry(job, error, code)),
        code=code,
        delay=error.seconds if isinstance(error, RetryLater) else backoff.jittered(max(job.attempts, 1)),
        permanent=isinstance(error, PermanentError),
        free=isinstance(error, RetryLater),
    )


def _entry(job: Job, error: BaseException, code: str) -> dict[str, object]:
    """One item of `errors`; only `code`, `public` and `details` are ever shown to the owner."""
    entry: dict[str, object] = {
        "attempt": job.attempts,
        "at": timezone.now().isoformat(),
        "code": code,
        "type": type(error).__name__,
    }
    if isinstance(error, SlimyError):
        return entry | {"public": error.detail[:MAX_TRACE], "details": error.details}
    return entry | {
        "public": SlimyError.public_text(),
        "message": str(error)[:MAX_TRACE],
        "trace": "".join(traceback.format_exception(error))[-MAX_TRACE:],
    }
