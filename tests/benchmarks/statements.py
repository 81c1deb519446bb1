"""Which SQL statements a piece of our code runs, and how long they take."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

BOOKKEEPING = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT", "SET ")


@dataclass(frozen=True)
class Statement:
    """One statement with its parameters, and the milliseconds until its answer was there."""

    sql: str
    params: Any
    ms: float

    @property
    def is_bookkeeping(self) -> bool:
        """Whether it only marks where to roll back to, or sets a variable."""
        return self.sql.lstrip().startswith(BOOKKEEPING)

    def touches(self, *tables: str) -> bool:
        """Whether it names one of the tables."""
        return any(table in self.sql for table in tables)


@contextmanager
def recorded() -> Iterator[list[Statement]]:
    """The statements that this process runs within the block."""
    found: list[Statement] = []

    def record(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            found.append(Statement(sql, params, (time.perf_counter() - began) * 1000))

    with connection.execute_wrapper(record):
        yield found


def plan(statement: Statement) -> str:
    """What PostgreSQL does for it, and how many pages it reads: EXPLAIN (ANALYZE, BUFFERS)."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {statement.sql}", statement.params)
        return "\n".join(row[0] for row in cursor.fetchall())
