"""Migrations of a system in use: nothing that holds everybody up, nothing that running old code can't bear."""

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader

from tests.locks import dangers

OURS = {"accounts", "audit", "jobs", "guilds", "clubs", "chat"}
# Written before anybody had the tables in use. What comes after is held to the rules.
BEFORE_THE_FIRST_RELEASE = {"accounts": 1, "audit": 1, "jobs": 5, "guilds": 2, "clubs": 4, "chat": 2}


def test_no_migration_holds_up_a_system_in_use():
    loader = MigrationLoader(None, ignore_no_migrations=True)
    found = {
        f"{app}.{name}": list(dangers(migration))
        for (app, name), migration in loader.disk_migrations.items()
        if app in OURS and int(name[:4]) > BEFORE_THE_FIRST_RELEASE[app]
    }
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def a_migration(*operations, **attributes):
    migration = type("Migration", (migrations.Migration,), {"operations": operations, **attributes})
    return migration("0009_test", "jobs")


INDEX = models.Index(name="by_type", fields=["type"])
CHECK = models.CheckConstraint(name="some", condition=models.Q(attempts__gte=0))


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddIndex("job", INDEX),
        migrations.AddConstraint("job", CHECK),
        migrations.AlterField("job", "attempts", models.BigIntegerField()),
        migrations.AddField("job", "colour", models.TextField(default="")),
        migrations.RemoveField("job", "attempts"),
        migrations.RenameField("job", "attempts", "tries"),
        migrations.DeleteModel("Job"),
        migrations.RunSQL("CREATE INDEX x ON slimy_job (type)"),
        migrations.RunSQL(["create unique index x on slimy_job (type)"]),
        migrations.RunSQL("ALTER TABLE slimy_job ADD CONSTRAINT c CHECK (true)"),
        migrations.RunSQL("ALTER TABLE slimy_job ALTER COLUMN type TYPE text"),
        migrations.RunSQL("ALTER TABLE slimy_job ALTER type SET NOT NULL"),
        migrations.RunPython(migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(database_operations=[migrations.AddIndex("job", INDEX)]),
        AddIndexConcurrently("job", INDEX),
    ],
    ids=lambda each: each.describe()[:40],
)
def test_what_is_dangerous_is_found(operation):
    assert list(dangers(a_migration(operation)))


@pytest.mark.parametrize(
    "migration",
    [
        a_migration(AddIndexConcurrently("job", INDEX), atomic=False),
        a_migration(AddConstraintNotValid("job", CHECK)),
        a_migration(ValidateConstraint("job", "some")),
        a_migration(migrations.AddField("job", "colour", models.TextField(null=True))),
        a_migration(migrations.AddField("job", "colour", models.TextField(db_default=""))),
        a_migration(migrations.RemoveField("job", "attempts"), old_code_is_gone=True),
        a_migration(migrations.RunSQL("CREATE INDEX CONCURRENTLY x ON slimy_job (type)"), atomic=False),
        a_migration(migrations.RunSQL("ALTER TABLE slimy_job ADD CONSTRAINT c CHECK (true) NOT VALID")),
        a_migration(migrations.RunPython(migrations.RunPython.noop), atomic=False),
        a_migration(
            migrations.CreateModel("New", [("id", models.TextField(primary_key=True))]),
            migrations.AddIndex("new", INDEX),
        ),
    ],
    ids=lambda each: each.operations[0].describe()[:40],
)
def test_what_is_safe_is_let_through(migration):
    assert list(dangers(migration)) == []
