"""Which operations of a migration stop a system in use: locks that last, and what running old code can't bear."""

import re
from collections.abc import Iterator

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, RemoveIndexConcurrently
from django.db.migrations import Migration, RunPython, RunSQL
from django.db.migrations import operations as ops

# What holds a lock on a whole table for as long as its rows take.
LASTING = {
    ops.AddIndex: "AddIndexConcurrently, in a migration with atomic = False",
    ops.AddConstraint: "AddConstraintNotValid, and ValidateConstraint in a later migration",
    ops.AlterUniqueTogether: "a unique index, built concurrently",
    ops.AlterIndexTogether: "AddIndexConcurrently",
}
# What processes of the version before still use.
USED = (ops.RemoveField, ops.RenameField, ops.RenameModel, ops.DeleteModel, ops.AlterModelTable)
SQL = {
    r"create\s+(unique\s+)?index\s+(?!concurrently)": "CREATE INDEX CONCURRENTLY",
    r"add\s+constraint\s(?!.*not\s+valid)": "ADD CONSTRAINT … NOT VALID, and VALIDATE CONSTRAINT later",
    r"alter\s+column\s+\S+\s+(set\s+data\s+)?type\b": "a new column that is filled by and by",
    r"set\s+not\s+null": "a CHECK that is NOT VALID, validated later",
    r"\b(lock\s+table|vacuum\s+full|cluster)\b": "nothing that locks a whole table",
}


def dangers(migration: Migration) -> Iterator[str]:
    """What to write instead of each dangerous operation; tables that the migration itself creates are nobody's yet.

    A migration that may run only when no process of the version before is left says so: `old_code_is_gone = True`.
    """
    new = {each.name.lower() for each in migration.operations if isinstance(each, ops.CreateModel)}
    for each in _all(migration.operations):
        if getattr(each, "model_name", "").lower() in new:
            continue
        yield from _of_operation(each)
        if isinstance(each, USED) and not getattr(migration, "old_code_is_gone", False):
            yield f"{each.describe()}: first release code that doesn't use it"
        if isinstance(each, AddIndexConcurrently | RemoveIndexConcurrently) and migration.atomic:
            yield f"{each.describe()}: needs atomic = False"
        if isinstance(each, RunPython) and migration.atomic:
            yield f"{each.describe()}: rows that it changes stay locked until the end; atomic = False, in batches"


def _all(operations):
    for each in operations:
        if isinstance(each, ops.SeparateDatabaseAndState):
            yield from _all(each.database_operations)
        else:
            yield each


def _of_operation(each) -> Iterator[str]:
    for kind, instead in LASTING.items():
        if type(each) is kind or (isinstance(each, kind) and not isinstance(each, _SAFE)):
            yield f"{each.describe()}: {instead}"
    if isinstance(each, ops.AlterField):
        yield f"{each.describe()}: may rewrite the table; add another field"
    if isinstance(each, ops.AddField) and not each.field.null and not each.field.has_db_default():
        yield f"{each.describe()}: old code doesn't fill it; null=True or a db_default"
    if isinstance(each, RunSQL):
        statements = each.sql if isinstance(each.sql, str) else " ; ".join(map(str, each.sql))
        for pattern, instead in SQL.items():
            if re.search(pattern, statements, re.IGNORECASE | re.DOTALL):
                yield f"RunSQL: {instead}"


_SAFE = (AddIndexConcurrently, AddConstraintNotValid)
