"""The page "Database": sizes, scans, dead rows, sessions; never what a statement was about."""

import os
import threading
import time
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

from slimy.database import figures
from slimy.database.page import remark, span
from slimy.sql import query
from tests.admin.conftest import signed_in, staff, text

pytestmark = pytest.mark.django_db

PAGE = "/admin/database/"


@pytest.fixture
def other_session():
    """A second connection to the test's database."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    with psycopg.connect(url, autocommit=True, application_name="visitor") as session:
        yield session


def test_it_shows_tables_indexes_and_connections(vera):
    page = text(vera.get(PAGE))
    assert all(word in page for word in ("slimy_job", "slimy_job_pkey", "Connections", "Dead rows", "Deadlocks"))
    assert "Not installed: add pg_stat_statements" in page


def test_it_is_for_those_who_may_see_jobs(alice):
    assert signed_in(staff("sue")).get(PAGE).status_code == 403
    assert signed_in(alice).get(PAGE).status_code == 302


def test_the_menu_leads_to_it(vera):
    assert f'href="{PAGE}"' in text(vera.get("/admin/"))


def test_a_running_statement_is_shown_without_its_literals(vera, other_session):
    thread = threading.Thread(target=other_session.execute, args=("SELECT pg_sleep(1.5), 'my secret' AS x",))
    thread.start()
    time.sleep(0.3)
    page = text(vera.get(PAGE))
    thread.join()
    assert "SELECT pg_sleep(?), ? AS x" in page
    assert "visitor" in page
    assert "my secret" not in page


def test_what_postgresql_refuses_is_said_in_its_place(vera, monkeypatch):
    monkeypatch.setattr(figures, "_TABLES", "SELECT 1 / 0 AS x, %(shown)s")
    monkeypatch.setattr(figures, "_SERVER", "SELECT nothing FROM nowhere")
    page = text(vera.get(PAGE))
    assert "PostgreSQL says: division by zero" in page
    assert "nowhere" in page
    assert "slimy_job_pkey" in page


def test_pg_stat_statements_is_used_when_it_is_there(vera, monkeypatch):
    monkeypatch.setattr(figures, "_HAS_STATEMENTS", "SELECT 1")
    view = "CREATE TEMP VIEW pg_stat_statements AS SELECT (SELECT oid FROM pg_database WHERE datname ="
    facts = "7::bigint AS calls, 5.5 AS total_exec_time, 0.7 AS mean_exec_time, 3.0 AS max_exec_time, 9 AS rows"
    query(f"{view} current_database()) AS dbid, {facts}, 'SELECT $1, ''mine''' AS query")
    page = text(vera.get(PAGE))
    assert "SELECT $1, ?" in page
    assert "mine" not in page


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"is_valid": False, "is_unique": True, "scans": 0, "size": 0}, "invalid: build it anew"),
        ({"is_valid": True, "is_unique": True, "scans": 0, "size": 10**9}, "unique"),
        ({"is_valid": True, "is_unique": False, "scans": 0, "size": 10**9}, "never used"),
        ({"is_valid": True, "is_unique": False, "scans": 0, "size": 8192}, ""),
        ({"is_valid": True, "is_unique": False, "scans": 5, "size": 10**9}, ""),
    ],
)
def test_an_index_that_costs_and_gives_nothing_is_remarked(row, said):
    assert remark(row) == said


def test_spans_are_for_people():
    from datetime import timedelta

    assert [span(timedelta(seconds=s)) for s in (-1, 0.25, 75, 7800)] == ["0.00 s", "0.25 s", "75 s", "2:10:00"]
    assert span(None) == "-"
