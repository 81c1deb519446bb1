"""Cursors with which BEGIN and savepoints travel: each would be a round trip of its own, and none has an answer that
anybody waits for.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from django.db.backends.postgresql.psycopg_any import BaseTzLoader

if TYPE_CHECKING:  # Django's stubs don't say that it is psycopg's
    from psycopg import Cursor

    from slimy.postgres.connection import PatientConnection

    ServerBindingCursor = Cursor[Any]
else:
    from django.db.backends.postgresql.base import ServerBindingCursor


class TravellingCursor(ServerBindingCursor):
    """Takes along what its connection owes. Parameters go to the server apart from the statement's text, so that it
    plans a text once that comes again and again.
    """

    def close(self) -> None:
        """As psycopg's, but the connection may have it used again: to make one takes as long as to read an answer."""
        super().close()
        connection = cast("PatientConnection", self.connection)
        if not connection.is_pipelining():  # else its answer is still to come
            connection.spare = self

    def reopen(self) -> None:
        """As if it had just been made."""
        self._closed = False
        self._reset()
        self._row_factory = self.connection.row_factory

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """As psycopg's. Without parameters it may be several statements, which can't travel with others."""
        connection = cast("PatientConnection", self.connection)
        answered = self._execute(connection, query, params, options)
        connection.is_trusted = False
        return answered

    def _execute(self, connection: PatientConnection, query: Any, params: Any, options: dict[str, Any]) -> Any:
        if params is None:
            connection.pay()
        elif connection.owed or connection.is_to_begin():
            with connection.pipeline():
                connection.hand_over()
                return super().execute(query, params, **options)
        return super().execute(query, params, **options)

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
        """As psycopg's."""
        cast("PatientConnection", self.connection).pay()
        super().executemany(query, params_seq, **options)


class UtcLoader(BaseTzLoader):
    """Reads a time as C does; Django's sessions are in UTC."""

    timezone = UTC

    def load(self, data: Any) -> Any:
        """A datetime in UTC. Raises psycopg.DataError for a time that Python has no datetime for."""
        try:
            return datetime.fromisoformat(bytes(data).decode()).replace(tzinfo=UTC)
        except ValueError:
            return super().load(data)
