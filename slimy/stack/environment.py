"""What the application learns about the embedded servers: environment variables, and a file while they run.

manage.py imports this module everywhere, in production too: nothing but the standard library here.
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from slimy.stack import lock
from slimy.stack.folder import Folder, data_path

NAME = "environment"
SERVERS = {"DATABASE_URL": "PostgreSQL", "REDIS_URL": "Valkey"}


def missing() -> set[str]:
    """The variables of SERVERS that the user has not set: those servers have to be embedded."""
    return {name for name in SERVERS if not (os.environ.get(name) or os.environ.get(f"{name}_FILE"))}


def for_application(urls: Mapping[str, str], secret_key: str | None = None) -> dict[str, str]:
    """The variables that the application needs besides the user's own, for embedded servers at `urls`.

    An embedded database makes it a development installation, unless the user says otherwise.
    """
    values = dict(urls)
    if "DATABASE_URL" in urls:
        defaults = {"SLIMY_ENV": "development", "SECRET_KEY": secret_key or secrets.token_urlsafe(48)}
        values |= {name: os.environ.get(name) or default for name, default in defaults.items()}
    return values


def metrics(folder: Path | str) -> dict[str, str]:
    """Where the processes of a stack count, unless the user says where."""
    return {"METRICS_DIR": os.environ.get("METRICS_DIR") or str(folder)}


def publish(folder: Folder, values: Mapping[str, str]) -> None:
    """Leave `values` where `of_running_stack` finds them. Only for its owner's eyes."""
    folder.write(NAME, "".join(f"{name}={value}\n" for name, value in values.items()))


def withdraw(folder: Folder) -> None:
    """Undo `publish`."""
    (folder.path / NAME).unlink(missing_ok=True)


def of_running_stack(path: Path | None = None) -> dict[str, str]:
    """The variables of the stack that runs from this checkout (or the data folder `path`), else {}.

    A file left by a killed stack does not count, nor does one that we may not read.
    """
    path = path or data_path()
    try:
        lines = (path / NAME).read_text().splitlines()
    except OSError:
        return {}
    if not lock.is_held(path):
        return {}
    return dict(line.split("=", 1) for line in lines)
