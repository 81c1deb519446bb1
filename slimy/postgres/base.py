"""A connection that stops waiting. A server that accepts statements and answers none is as good as down.

Keepalives find servers that are gone; a deadline on our side is all that finds one whose machine is still there.
"""

from __future__ import annotations

import select
import time
from types import SimpleNamespace
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg import errors

FRESH = 1.0  # seconds after an answer in which a silent connection is believed to be good without asking
HEALTH_SECONDS = 1.0  # for the one statement that asks, before a request, whether a kept connection is good

_patience: float | None = None


def give_up_after(seconds: float) -> None:
    """From now on this process waits no longer than this for any answer. Without it, it waits for ever."""
    global _patience  # noqa: PLW0603  one for the process, as it says
    _patience = seconds


class PatientConnection(psycopg.Connection[Any]):
    """Closes itself and raises OperationalError when the server gives no answer in time."""

    patience: float | None = None
    answered_at = 0.0
    is_trusted = False  # wasn't asked whether it is good: the next statement has to show that

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """As psycopg's, which knows a time limit but is never given one."""
        limit = timeout or self.patience or (HEALTH_SECONDS if self.is_trusted else _patience)
        try:
            answer = super().wait(gen, interval, limit)
        except errors._WaitTimeout as error:  # noqa: SLF001  psycopg's only name for it
            self.pgconn.finish()  # whatever comes later belongs to a statement nobody waits for
            raise psycopg.OperationalError(f"PostgreSQL gave no answer for {limit} s") from error
        self.answered_at, self.is_trusted = time.monotonic(), False
        return answer

    def is_fresh(self) -> bool:
        """True when it has just answered and the server hasn't said anything since, such as goodbye."""
        return time.monotonic() - self.answered_at < FRESH and not self._has_news()

    def _has_news(self) -> bool:
        poll = select.poll()
        poll.register(self.pgconn.socket, select.POLLIN | select.POLLERR | select.POLLHUP)
        return bool(poll.poll(0))


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with our connection."""

    Database: Any = SimpleNamespace(**{**vars(psycopg), "connect": PatientConnection.connect})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        from slimy.database.statements import timed

        self.execute_wrappers.append(timed)

    def is_usable(self) -> bool:
        """Whether a kept connection is good, found out quickly."""
        if self.connection is None:
            return False
        if self.connection.is_fresh():
            self.connection.is_trusted = True
            return True
        self.connection.patience = HEALTH_SECONDS
        try:
            return super().is_usable()
        finally:
            self.connection.patience = None

    def init_connection_state(self) -> None:
        """Also has the server give up a statement just before we do: else it might do it after all, unseen."""
        from slimy.metrics import CONNECTIONS_OPENED

        super().init_connection_state()
        CONNECTIONS_OPENED.labels(self.alias).inc()
        if _patience and self.connection is not None:
            self.connection.execute(f"SET statement_timeout = '{int(_patience * 900)}ms'")
