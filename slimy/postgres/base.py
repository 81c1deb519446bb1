"""Django's PostgreSQL backend with our connection: few round trips, and an end to waiting."""

from __future__ import annotations

from datetime import UTC
from types import SimpleNamespace
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from slimy.postgres.connection import PatientConnection
from slimy.postgres.cursors import TravellingCursor, UtcLoader

HEALTH_SECONDS = 1.0  # for the one statement that asks, before a request, whether a kept connection is good


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with our connection. Savepoints are made and released with the statement that comes next, and named by
    their depth: a name that is new each time would be a statement that is new each time.
    """

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
        """As Django's, but made once; a named one, which fetches by and by, doesn't take along what is owed."""
        if name:
            self.connection.pay()
        elif spare := self.connection.spare:
            self.connection.spare = None
            spare.reopen()
            return spare
        return super().create_cursor(name)

    def owe(self, sql: str, params: Any = None) -> None:
        """Send SQL that can't fail and answers nothing with the next statement of the running transaction."""
        self.ensure_connection()
        self.connection.owed.append((sql, params))

    def leave(self, sql: str, params: Any) -> None:
        """Send SQL with the COMMIT of the running transaction, whose time and error are its own then; at once where
        something else comes first.
        """
        self.ensure_connection()
        if len(self.atomic_blocks) == 1:
            self.connection.parting.append((sql, params))
        else:
            with self.cursor() as cursor:
                cursor.execute(sql, params)

    def _savepoint(self, sid: str) -> None:
        self.ensure_connection()
        self.connection.owed += self.connection.unreleased
        self.connection.unreleased.clear()
        self.connection.open.append(sid)
        self.owe(self.ops.savepoint_create_sql(self._name(sid)))

    def _savepoint_commit(self, sid: str) -> None:
        self.ensure_connection()
        name = self._name(sid)
        if self.connection.pgconn.transaction_status == TransactionStatus.INERROR:
            super()._savepoint_commit(name)  # type: ignore[misc]  # an error was swallowed inside; PostgreSQL says so
        del self.connection.open[self._depth(sid) - 1 :]
        self.connection.unreleased.append((self.ops.savepoint_commit_sql(name), None))

    def _savepoint_rollback(self, sid: str) -> None:
        self.ensure_connection()
        self.connection.unreleased.clear()  # they are inside this one, and go with it
        name = self._name(sid)
        del self.connection.open[self._depth(sid) :]
        super()._savepoint_rollback(name)  # type: ignore[misc]

    def _name(self, sid: str) -> str:
        return f"depth_{self._depth(sid)}"

    def _depth(self, sid: str) -> int:
        return int(self.connection.open.index(sid)) + 1

    def _commit(self) -> Any:
        parting = [] if self.connection is None else list(self.connection.parting)
        self._forget()
        if not parting:
            return super()._commit()  # type: ignore[misc]
        with self.wrap_database_errors, self.connection.pipeline():
            for statement in parting:
                with self.cursor() as cursor:
                    cursor.execute(*statement)
            return self.connection.commit()

    def _rollback(self) -> Any:
        self._forget()
        return super()._rollback()  # type: ignore[misc]

    def _forget(self) -> None:
        """The transaction that all this was about ends."""
        if self.connection is not None:
            self.connection.owed.clear()
            self.connection.parting.clear()
            self.connection.unreleased.clear()
            self.connection.open.clear()

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
        """Also counts it, and limits it."""
        from slimy.metrics import CONNECTIONS_OPENED

        super().init_connection_state()
        CONNECTIONS_OPENED.labels(self.alias).inc()
        if self.connection is not None:
            self.connection.limit_server()
