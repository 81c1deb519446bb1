"""A connection that stops waiting, and makes few round trips.

A server that accepts statements and answers none is as good as down. Keepalives find servers that are gone; a deadline
on our side is all that finds one whose machine is still there.
"""

from __future__ import annotations

import select
import time
from datetime import UTC
from types import SimpleNamespace
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg import errors
from psycopg.pq import TransactionStatus

from slimy.postgres.cursors import TravellingCursor, UtcLoader

FRESH = 0.1  # seconds after an answer in which a silent connection is believed to be good without asking
TRUSTED_SECONDS = 2.0  # for the first statement on one that wasn't asked: longer than requests' first ones take
HEALTH_SECONDS = 1.0  # for the one statement that asks, before a request, whether a kept connection is good

_patience: float | None = None


def give_up_after(seconds: float) -> None:
    """From now on this process waits no longer than this for any answer. Without it, it waits for ever."""
    global _patience  # noqa: PLW0603  one for the process, as it says
    _patience = seconds


class PatientConnection(psycopg.Connection[Any]):
    """Closes itself and raises OperationalError when the server gives no answer in time.

    `owed` are statements, with parameters, that can't fail and answer nothing; they are sent together with the next
    one. `unreleased` are the RELEASEs of savepoints; they needn't be sent before there is another savepoint.
    """

    patience: float | None = None
    answered_at = 0.0
    is_trusted = False  # wasn't asked whether it is good: the next statement has to show that

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owed: list[tuple[str, Any]] = []
        self.unreleased: list[tuple[str, Any]] = []

    def is_to_begin(self) -> bool:
        """True when the next statement is the first of a transaction."""
        return not self.autocommit and self.pgconn.transaction_status == TransactionStatus.IDLE

    def hand_over(self) -> None:
        """Put what is owed into the pipeline."""
        owed, self.owed = self.owed, []
        for sql, params in owed:
            self.cursor().execute(sql, params)

    def pay(self) -> None:
        """Send what is owed now."""
        if self.owed:
            with self.pipeline():
                self.hand_over()

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """As psycopg's, which knows a time limit but is never given one."""
        limit = timeout or self.patience or _patience
        if self.is_trusted and _patience:
            limit = min(TRUSTED_SECONDS, _patience)
        try:
            answer = super().wait(gen, interval, limit)
        except errors._WaitTimeout as error:  # noqa: SLF001  psycopg's only name for it
            self.pgconn.finish()  # whatever comes later belongs to a statement nobody waits for
            raise psycopg.OperationalError(f"PostgreSQL gave no answer for {limit} s") from error
        self.answered_at = time.monotonic()
        return answer

    def is_fresh(self) -> bool:
        """True when it has just answered and the server hasn't said anything since, such as goodbye."""
        return time.monotonic() - self.answered_at < FRESH and not self._has_news()

    def _has_news(self) -> bool:
        poll = select.poll()
        poll.register(self.pgconn.socket, select.POLLIN | select.POLLERR | select.POLLHUP)
        return bool(poll.poll(0))


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with our connection. Savepoints are made and released with the statement that comes next."""

    Database: Any = SimpleNamespace(**{**vars(psycopg), "connect": PatientConnection.connect})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        from slimy.database.statements import timed

        self.execute_wrappers.append(timed)

    def get_connection_params(self) -> dict[str, Any]:
        """With our cursor."""
        return super().get_connection_params() | {"cursor_factory": TravellingCursor}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """One that reads times quickly."""
        connection = super().get_new_connection(conn_params)
        if self.timezone == UTC:
            connection.adapters.register_loader("timestamptz", UtcLoader)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        """As Django's; a named one, which fetches by and by, doesn't take along what is owed."""
        if name:
            self.connection.pay()
        return super().create_cursor(name)

    def owe(self, sql: str, params: Any = None) -> None:
        """Send SQL that can't fail and answers nothing with the next statement of the running transaction."""
        self.ensure_connection()
        self.connection.owed.append((sql, params))

    def _savepoint(self, sid: str) -> None:
        self.ensure_connection()
        self.connection.owed += self.connection.unreleased
        self.connection.unreleased.clear()
        self.owe(self.ops.savepoint_create_sql(sid))

    def _savepoint_commit(self, sid: str) -> None:
        self.ensure_connection()
        if self.connection.pgconn.transaction_status == TransactionStatus.INERROR:
            super()._savepoint_commit(sid)  # type: ignore[misc]  # an error was swallowed inside; PostgreSQL says so
            return
        self.connection.unreleased.append((self.ops.savepoint_commit_sql(sid), None))

    def _savepoint_rollback(self, sid: str) -> None:
        self.ensure_connection()
        self.connection.unreleased.clear()  # they are inside this one, and go with it
        super()._savepoint_rollback(sid)  # type: ignore[misc]

    def _commit(self) -> Any:
        self._forget()
        return super()._commit()  # type: ignore[misc]

    def _rollback(self) -> Any:
        self._forget()
        return super()._rollback()  # type: ignore[misc]

    def _forget(self) -> None:
        """The transaction that all this was about ends."""
        if self.connection is not None:
            self.connection.owed.clear()
            self.connection.unreleased.clear()

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
