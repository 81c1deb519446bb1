"""The chaos suite with a pgbouncer between: which one it takes, and with what file. To run it is `make chaos`."""

import configparser
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from slimy.stack.errors import StackError
from slimy.stack.folder import Folder
from tests.chaos.__main__ import main
from tests.chaos.pgbouncer import SHARED, SHIPPED, Pgbouncer, configuration, found

TARGET = "postgres://slimy:secret@127.0.0.1:5999/slimy"  # pragma: allowlist secret


def read(text):
    parser = configparser.ConfigParser(comment_prefixes=(";",), interpolation=None)
    parser.read_string(text)
    return parser


@pytest.fixture
def program(tmp_path):
    """`program(says)` is a program that says that, whatever it is asked."""

    def write(says):
        path = tmp_path / "pgbouncer"
        path.write_text(f"#!/bin/sh\necho '{says}'\n")
        path.chmod(0o755)
        return str(path)

    return write


def run_suite(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["tests.chaos", "--only", "same_request", *arguments])
    return main()


def test_the_shipped_file_keeps_its_settings_but_for_places_and_the_number_to_share():
    shipped = SHIPPED.read_text()
    here = read(configuration(shipped, 6000, urlsplit(TARGET), Path("/u"), "web"))
    assert here["databases"]["slimy"].startswith("host=127.0.0.1 port=5999 dbname=slimy ")
    assert list(here["databases"]) == ["slimy"]
    changed = {"listen_port": "6000", "auth_file": "/u", "default_pool_size": str(SHARED)}
    assert dict(here["pgbouncer"]) == dict(read(shipped)["pgbouncer"]) | changed


def test_a_connection_of_a_worker_ends_with_it_so_that_others_see_that_it_is_dead():
    here = read(configuration(SHIPPED.read_text(), 6000, urlsplit(TARGET), Path("/u"), "all"))
    assert here["databases"]["slimy_workers"].startswith("host=127.0.0.1 port=5999 dbname=slimy pool_mode=session ")
    assert here["pgbouncer"]["server_reset_query"] == "SELECT pg_terminate_backend(pg_backend_pid())"


def test_a_shipped_file_that_lacks_what_is_to_be_replaced_is_refused():
    with pytest.raises(StackError, match="listen_port"):
        configuration(SHIPPED.read_text().replace("listen_port = 6432", ""), 6000, urlsplit(TARGET), Path("/u"), "web")


def test_what_waits_in_the_pooler_is_answered_while_web_processes_still_wait():
    settings = read(SHIPPED.read_text())["pgbouncer"]
    assert int(settings["query_wait_timeout"]) < 10  # DATABASE_PATIENCE
    assert int(settings["max_prepared_statements"]) > 100  # what psycopg keeps for a connection


def test_web_processes_and_workers_reach_the_same_database_in_different_ways(tmp_path):
    pgbouncer = Pgbouncer(Folder(tmp_path, None), TARGET, "pgbouncer", "all")
    assert pgbouncer.url == TARGET.replace("5999", str(pgbouncer.port))
    assert pgbouncer.session_url == f"{pgbouncer.url}_workers"


def test_one_that_knows_all_that_psycopg_sends_is_taken(program):
    path = program("PgBouncer 1.22.0")
    assert found(path) == path


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ("PgBouncer 1.18.0", "prepared statements need 1.22"),
        ("PgBouncer 1.21.0", "prepared statements need 1.22"),
        ("hello", "doesn't say that it is a pgbouncer"),
    ],
)
def test_one_that_is_too_old_or_something_else_is_refused_before_anything_starts(
    monkeypatch, capsys, program, says, why
):
    assert run_suite(monkeypatch, "--pgbouncer", program(says)) == 2
    assert why in capsys.readouterr().err


def test_without_one_the_suite_says_so_and_is_no_success(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run_suite(monkeypatch, "--pgbouncer") == 2
    assert "There is no program pgbouncer: install pgbouncer" in capsys.readouterr().err


def test_workers_can_only_be_pooled_with_one(monkeypatch, capsys):
    with pytest.raises(SystemExit) as ended:
        run_suite(monkeypatch, "--pooled", "all")
    assert ended.value.code == 2
    assert "--pgbouncer, which is missing" in capsys.readouterr().err
