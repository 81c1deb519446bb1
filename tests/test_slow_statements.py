"""Slow statements are logged with where they came from and without what they were about, and counted."""

import pytest
from django.db import connection
from prometheus_client import REGISTRY

from slimy import scope
from slimy.database import statements
from slimy.database.statements import kind_of, shape_of
from slimy.jobs.queue import add_job
from slimy.sql import query

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("sql", "shape"),
    [
        ("SELECT 'it''s a secret', 12, 1.5e3 FROM t2", "SELECT ?, ?, ? FROM t2"),
        ("SELECT E'a\\'b', $$secret$$, $a$se'c$$ret$a$", "SELECT ?, ?, ?"),
        ('SELECT "a 1"."b\'c" FROM x -- secret\n WHERE /* secret */ a = -5', 'SELECT "a 1"."b\'c" FROM x WHERE a = -?'),
        ("SELECT 'never closed secret", "SELECT ?"),
        ("SELECT $$never closed secret", "SELECT ?"),
        (
            "SELECT * FROM t WHERE id IN (%s, %s, %s) AND x = %(name)s",
            "SELECT * FROM t WHERE id IN (?, …) AND x = %(name)s",
        ),
        ("SELECT $1, col3 FROM t WHERE id = ANY($2::uuid[])", "SELECT $1, col3 FROM t WHERE id = ANY($2::uuid[])"),
        ("", ""),
    ],
)
def test_a_shape_has_no_literals(sql, shape):
    assert shape_of(sql) == shape


def test_a_shape_is_short():
    assert len(shape_of("SELECT " + "a, " * 100_000)) <= statements.LONGEST + 1


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT 1", "select"),
        ("  insert into x values (1)", "insert"),
        ("WITH a AS (SELECT 1) SELECT * FROM a", "select"),
        ("WITH a AS (SELECT 1), b AS (UPDATE t SET x = 1 RETURNING 1) SELECT * FROM b", "update"),
        ("WITH old AS (SELECT 1) DELETE FROM t USING old", "delete"),
        ("SAVEPOINT x", "other"),
        ("", "other"),
    ],
)
def test_the_kind_of_a_statement(sql, kind):
    assert kind_of(sql) == kind


@pytest.fixture
def slow(settings, monkeypatch, caplog):
    """Every statement is slow; gives what is logged."""
    settings.SLOW_STATEMENT_MS = 0
    scope.doing("")  # whatever another test has done before
    monkeypatch.setattr(statements, "_may_log", lambda: True)
    return lambda: [
        found.msg for found in caplog.records if getattr(found.msg, "get", dict)("action") == "slow_statement"
    ]


def test_a_slow_one_is_logged_and_counted(slow):
    labels = {"alias": "default", "kind": "select"}
    before = REGISTRY.get_sample_value("slimy_database_slow_statements_total", labels) or 0
    query("SELECT %s, 'hidden'", ["secret"])
    (line,) = [line for line in slow() if "SELECT %s" in line["sql"]]
    assert (line["sql"], line["kind"], line["alias"], line["place"]) == ("SELECT %s, ?", "select", "default", "")
    assert "secret" not in str(line)
    assert REGISTRY.get_sample_value("slimy_database_slow_statements_total", labels) > before


def test_the_route_is_named(slow, alice, api):
    api(alice).get("/api/chat/conversations")
    assert {line["place"] for line in slow()} >= {"GET api/chat/conversations"}


@pytest.mark.django_db(transaction=True)
def test_the_type_of_a_job_is_named(slow, alice, work):
    add_job("database", "zoo", {"how": "complete"}, alice)
    work()
    assert "job zoo" in {line["place"] for line in slow()}
    scope.doing("")


def test_a_fast_one_is_not(settings, monkeypatch, caplog):
    settings.SLOW_STATEMENT_MS = 60_000
    query("SELECT 1")
    assert "slow_statement" not in caplog.text


def test_every_connection_is_timed_once():
    assert connection.execute_wrappers.count(statements.timed) == 1
