"""How long a job may take, and how long a worker may be silent.

`statement_timeout` ends SQL, a deadline ends Python, the watchdog ends a process that neither can reach.
"""

from __future__ import annotations

import faulthandler
import math
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import TypeVar

from django.conf import settings
from django.db import connection
from psycopg.pq import TransactionStatus

from slimy.sql import send_along

T = TypeVar("T")

AGAIN = 1.0  # seconds after which a deadline strikes again, should the job have caught the first one
LONGEST_LOCK = 5.0  # seconds to wait for another transaction's lock
GRACE = 1.1  # SQL that takes too long is ended by PostgreSQL, before the deadline costs the batch its transaction

_LIMIT = """SELECT set_config('statement_timeout', '{all}', true), set_config('lock_timeout', '{lock}', true),
                  set_config('idle_in_transaction_session_timeout', '{idle}', true)"""

_leave_at = math.inf


class OutOfTime(BaseException):
    """The running job has used up its time. No Exception, so that handlers don't swallow it."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """What `work` returns; raises OutOfTime in it after `seconds`, sooner when this process is about to end.

    Signals reach the main thread only: in others there is no limit. What was raised may have struck anywhere, so
    afterwards the connection to the database is good for nothing but to be dropped.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    deadline = _Deadline()
    try:
        deadline.arm(seconds)
        result = work()
        deadline.disarm()
    except BaseException as error:
        try:
            deadline.disarm()
        except OutOfTime:  # it struck just now, and won't again within AGAIN
            deadline.disarm()
        if deadline.struck and not isinstance(error, OutOfTime):
            raise OutOfTime from error
        raise
    if deadline.struck:
        raise OutOfTime
    return result


class _Deadline:
    struck = False
    _armed = False

    def arm(self, seconds: float) -> None:
        left = max(_leave_at - time.monotonic(), 0.01)
        self._timer = signal.getitimer(signal.ITIMER_REAL)
        self._handler = signal.signal(signal.SIGALRM, self._strike)
        self._armed = True  # from here on it may strike between any two steps
        signal.setitimer(signal.ITIMER_REAL, min(seconds, left), AGAIN)

    def disarm(self) -> None:
        """Idempotent. Puts back what was there before."""
        if self._armed:
            self._armed = False
            signal.setitimer(signal.ITIMER_REAL, *self._timer)
            signal.signal(signal.SIGALRM, self._handler)

    def _strike(self, signum: int, frame: FrameType | None) -> None:
        if self._armed:
            self.struck = True
            raise OutOfTime


def leave_within(seconds: float) -> None:
    """This process is to end: the running job, and any that still begins, has until then."""
    global _leave_at  # noqa: PLW0603  there is one process, and it ends once
    _leave_at = time.monotonic() + seconds
    if 0 < signal.getitimer(signal.ITIMER_REAL)[0] > seconds:
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)


def is_leaving() -> bool:
    """True when the time that `leave_within` left is up."""
    return time.monotonic() >= _leave_at


def limit_statements(seconds: float) -> None:
    """What a single statement of this transaction may take from now on."""
    idle = seconds * GRACE + settings.JOBS["HANG_SECONDS"]  # a worker that is frozen can't be ended, but its session
    send_along(_LIMIT.format(all=_ms(seconds), lock=_ms(min(seconds, LONGEST_LOCK)), idle=_ms(idle)))


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f}ms"


def abandon_connection() -> None:
    """End what the connection is doing, and the connection: OutOfTime may have struck inside psycopg."""
    raw = connection.connection
    if raw is not None and raw.info.transaction_status == TransactionStatus.ACTIVE:
        with suppress(Exception):
            raw.cancel_safe(timeout=1)  # otherwise the statement would go on without us, and hold the rows
    connection.close()


class Watchdog:
    """Ends this process with exit code 1 and a traceback when it shows no life for `seconds`.

    Its thread is not Python's: it works also while something holds the interpreter.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = 0.0

    def alive(self) -> None:
        """Show life; cheap enough for every batch."""
        now = time.monotonic()
        if now >= self._next:
            faulthandler.dump_traceback_later(self._seconds, exit=True)
            self._next = now + 1

    def last(self, seconds: float) -> None:
        """This process is to end: it has no more than `seconds`."""
        faulthandler.dump_traceback_later(seconds, exit=True)
        self._next = math.inf

    def stop(self) -> None:
        """No longer needed."""
        faulthandler.cancel_dump_traceback_later()
        self._next = 0.0
