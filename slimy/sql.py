"""Raw SQL has three doors: `query`, `one` and `tx`. Parameters are always bound, never pasted into the text."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.db import connections, transaction
from psycopg.rows import dict_row

if TYPE_CHECKING:
    from slimy.postgres.base import DatabaseWrapper

Row = dict[str, Any]
Params = Mapping[str, Any] | Sequence[Any] | None


def query(sql: str, params: Params = None, *, using: str = "default") -> list[Row]:
    """Run one statement and return its rows as dicts (column name → value); [] when it returns none.

    Placeholders are `%s` or `%(name)s`. Raises django.db.Error subclasses.
    """
    with cast("Any", connections[using].cursor()) as cursor:  # psycopg's, in a wrapper of Django's
        cursor.cursor.row_factory = dict_row
        cursor.execute(sql, params)
        result = cursor.pgresult  # not `description`, which makes an object a column
        return cursor.fetchall() if result and result.nfields else []


def one(sql: str, params: Params = None, *, using: str = "default") -> Row | None:
    """The first row of the statement as a dict, or None when there is none."""
    rows = query(sql, params, using=using)
    return rows[0] if rows else None


def send_along(sql: str, params: Params = None, *, using: str = "default") -> None:
    """One statement that can't fail and whose answer nobody needs: it goes with the transaction's next one."""
    cast("DatabaseWrapper", connections[using]).owe(sql, params)


def send_last(sql: str, params: Params, *, using: str = "default") -> None:
    """One statement that goes with the COMMIT of the transaction around it, or at once inside a savepoint.

    Nobody sees its answer: it has to fail when it can't do its work, and then so does the COMMIT.
    """
    cast("DatabaseWrapper", connections[using]).leave(sql, params)


def uuids(ids: Iterable[UUID]) -> str:
    """Ids as one parameter for `%(ids)s::uuid[]`; psycopg would escape each of them, which takes its time."""
    return f"{{{','.join(map(str, ids))}}}"


def texts(words: Iterable[str]) -> str:
    """The same for `%(words)s::text[]`."""
    quoted = (word.replace("\\", "\\\\").replace('"', '\\"') for word in words)
    return "{" + ",".join(f'"{word}"' for word in quoted) + "}"


def tx(using: str = "default") -> transaction.Atomic:
    """A transaction, or a savepoint inside one: committed at the end, rolled back on any exception."""
    return transaction.atomic(using=using)
