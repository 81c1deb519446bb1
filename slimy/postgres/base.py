"""A connection that stops waiting. A server that accepts statements and answers none is as good as down.

Keepalives find servers that are gone; a deadline on our side is all that finds one whose machine is still there.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg import errors

HEALTH_SECONDS = 1.0  # for the one statement that asks, before a request, whether a kept connection is good

_patience: float | None = None


def give_up_after(seconds: float) -> None:
    """From now on this process waits no longer than this for any answer. Without it, it waits for ever."""
    global _patience  # noqa: PLW0603  one for the process, as it says
    _patience = seconds


class PatientConnection(psycopg.Connection[Any]):
    """Closes itself and raises OperationalError when the server gives no answer in time."""

    patience: float | None = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """As psycopg's, which knows a time limit but is never given one."""
        limit = timeout or self.patience or _patience
        try:
            return super().wait(gen, interval, limit)
        except errors._WaitTimeout as error:  # noqa: SLF001  psycopg's only name for it
            self.pgconn.finish()  # whatever comes later belongs to a statement nobody waits for
            raise psycopg.OperationalError(f"PostgreSQL gave no answer for {limit} s") from error


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with our connection."""

    Database: Any = SimpleNamespace(**{**vars(psycopg), "connect": PatientConnection.connect})

    def is_usable(self) -> bool:
        """Whether a kept connection is good, found out quickly."""
        if self.connection is None:
            return False
        self.connection.patience = HEALTH_SECONDS
        try:
            return super().is_usable()
        finally:
            self.connection.patience = None
