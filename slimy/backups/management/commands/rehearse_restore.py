"""`manage.py rehearse_restore`: a backup is restored beside the living database, looked at, and thrown away."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from slimy.backups.management.commands.backup import dump
from slimy.backups.programs import run
from slimy.environment import BASE_DIR

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


class Command(BaseCommand):
    """Dump (unless a file is given), restore into a new database, verify, drop."""

    help = (
        "Restore a backup into a new database on the same server, check it (verify_invariants, and with a fresh backup "
        "also that no table lost its rows), and drop it again. The living database is only read. DATABASE_URL must "
        "name a role that may create databases. Exits 1 when anything is missing. Run it every week."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`file`, `--programs`."""
        parser.add_argument("file", nargs="?", type=Path, help="of `manage.py backup`; without it a fresh one is made")
        parser.add_argument("--programs", metavar="FOLDER", help="where pg_restore is, if not in PATH")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what took how long. Raises CommandError."""
        self._programs: str | None = options["programs"]
        with tempfile.TemporaryDirectory() as temporary:
            file, before = options["file"], ""
            if file is None:
                before = self._counts(None)
                file = self._timed("dump", lambda: dump(Path(temporary), self._programs))
            if not file.is_file():
                raise CommandError(f"{file} is no file.")
            with self._scratch() as name:
                self._timed("restore", lambda: self._restore(file, name))
                self._compare(before, self._counts(name))
                self._timed("verify", lambda: self._verify(name))
        self.stdout.write("The backup can be restored.")

    @contextmanager
    def _scratch(self) -> Iterator[str]:
        name = f"slimy_rehearsal_{token_hex(6)}"
        self._sql(f'CREATE DATABASE "{name}" TEMPLATE template0', "postgres")
        try:
            yield name
        finally:
            self._sql(f'DROP DATABASE "{name}" WITH (FORCE)', "postgres")

    def _restore(self, file: Path, name: str) -> None:
        options = ("--exit-on-error", "--no-owner", "--no-privileges", "--jobs=2", f"--dbname={name}")
        run("pg_restore", *options, file, database=name, folder=self._programs)
        self._sql("ANALYZE", name)

    def _counts(self, database: str | None) -> str:
        """`table=rows` for each table, as of one moment; "" when there is none."""
        tables = self._sql(TABLES, database).split()
        each = (f"SELECT '{table}=' || count(*) FROM \"{table}\"" for table in tables)  # noqa: S608  names of ours  # nosec B608
        return self._sql(" UNION ALL ".join(each), database) if tables else ""

    def _compare(self, before: str, after: str) -> None:
        """Raises CommandError when a table that had rows has none. (While work goes on, counts differ a little.)"""
        had, has = _as_numbers(before), _as_numbers(after)
        missing = sorted(table for table, count in had.items() if count and not has.get(table))
        if missing or not has:
            raise CommandError(f"Nothing was restored of: {', '.join(missing) or 'any table'}.")
        self.stdout.write(f"{sum(has.values())} rows in {len(has)} tables")

    def _verify(self, name: str) -> None:
        argv = [sys.executable, str(BASE_DIR / "manage.py"), "verify_invariants"]
        environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL_FILE"}
        done = subprocess.run(  # noqa: S603
            argv, env=environment | {"DATABASE_URL": _url_of(name)}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise CommandError(f"What was restored is not whole:\n{done.stderr[-3000:]}")
        self.stdout.write(done.stdout.strip())

    def _sql(self, sql: str, database: str | None) -> str:
        options = ("--no-psqlrc", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--command", sql)
        return run("psql", *options, database=database, folder=self._programs)

    def _timed(self, what: str, do: Any) -> Any:
        began = time.monotonic()
        result = do()
        self.stdout.write(f"{what:8} {time.monotonic() - began:6.1f} s")
        return result


def _as_numbers(counts: str) -> dict[str, int]:
    pairs = (line.rpartition("=") for line in counts.splitlines() if line)
    return {table: int(count) for table, _, count in pairs}


def _url_of(name: str) -> str:
    database = settings.DATABASES["default"]
    host, port = quote(database["HOST"] or "", safe=""), f":{database['PORT']}" if database["PORT"] else ""
    login = f"{quote(database['USER'] or '', safe='')}:{quote(database['PASSWORD'] or '', safe='')}"
    return f"postgres://{login}@{host}{port}/{name}"
