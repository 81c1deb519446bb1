"""What must hold in the database at any moment; `<app>/invariants.py` says it of the app's tables."""

from __future__ import annotations

from slimy.parts import Parts
from slimy.sql import query

INVARIANTS = Parts("invariants")

SHOWN = 20  # of the rows that break one

_UNCHECKED = """
SELECT conrelid::regclass || '.' || conname AS id FROM pg_constraint
 WHERE connamespace = current_schema()::regnamespace AND NOT convalidated"""

_UNUSABLE = "SELECT indexrelid::regclass::text AS id FROM pg_index WHERE NOT indisvalid"


def ids(sql: str) -> list[str]:
    """The first rows of a statement that selects what is wrong, by their `id`."""
    return [str(row["id"]) for row in query(f"SELECT id FROM ({sql}) AS wrong LIMIT {SHOWN}")]  # noqa: S608  SQL of ours  # nosec B608


@INVARIANTS.add("every constraint has been checked against every row")
def unchecked_constraints(subject: None) -> list[str]:
    """Constraints that were added NOT VALID and never validated."""
    return ids(_UNCHECKED)


@INVARIANTS.add("every index can be used")
def unusable_indexes(subject: None) -> list[str]:
    """Indexes that were built CONCURRENTLY and not finished."""
    return ids(_UNUSABLE)


def broken() -> dict[str, list[str]]:
    """Which invariants don't hold, and the first rows that show it."""
    return {name: rows for name, rows in INVARIANTS.of(None).items() if rows}
