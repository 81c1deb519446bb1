"""Servers of the suite's own, and what the processes that work with them are told."""

import math
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from slimy.stack import environment
from slimy.stack.folder import Folder, throwaway_path
from slimy.stack.leash import leashed
from slimy.stack.signals import Requests
from tests.chaos.pgbouncer import Pgbouncer, found
from tests.chaos.servers import LossyPostgres, LossyValkey, both

MODES = {"default": {}, "set": {"JOBS_SET_BASED": "1"}, "single": {"JOBS_SET_BASED": "0"}}
OPEN_JOBS = "1000000"  # of one user; the limit has its own tests


class House:
    """`with House("default") as house:` starts both servers in a folder of their own, and leaves nothing at its end.

    With the name of a `pgbouncer`, web processes reach PostgreSQL through that; with `pooled` "all" workers do, too.
    `for_web` and `for_workers` are what such processes are told besides.
    Requests to stop (Ctrl-C, SIGTERM) are obeyed in `pause`, which raises Stop: whatever happens, it is cleared away.
    """

    postgres: LossyPostgres
    valkey: LossyValkey
    path: Path

    def __init__(self, mode: str, pgbouncer: str | None = None, pooled: str = "web") -> None:
        self.mode = mode
        self.pgbouncer: Pgbouncer | None = None
        self.for_web: dict[str, str] = {}
        self.for_workers: dict[str, str] = {}
        self._pgbouncer = (found(pgbouncer), pooled) if pgbouncer else None
        self.deadline = math.inf  # time.monotonic()
        self._requests = Requests()
        self._undo = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.enter_context(self._requests.counted())
            folder = Folder.open(throwaway_path())
            undo.callback(shutil.rmtree, folder.path, ignore_errors=True)
            self.path = folder.path
            self.postgres, self.valkey = both(folder, self.wait)
            for server in (self.postgres, self.valkey):
                server.start()
                undo.callback(server.stop)
            values = environment.for_application({"DATABASE_URL": self.postgres.url, "REDIS_URL": self.valkey.url})
            values |= environment.metrics(folder.path / "metrics")
            os.environ.update(values | {"SLIMY_ENV": "development", "DJANGO_SETTINGS_MODULE": "tests.settings"})
            if self._pgbouncer:
                self._put_between(folder, *self._pgbouncer, undo)
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._undo.close()

    def _put_between(self, folder: Folder, binary: str, pooled: str, undo: ExitStack) -> None:
        self.pgbouncer = Pgbouncer(folder, self.postgres.url, binary, pooled, self.wait)
        self.pgbouncer.start()
        undo.callback(self.pgbouncer.stop)
        self.for_web = {"DATABASE_URL": self.pgbouncer.url}
        if pooled == "all":
            self.for_workers = {"DATABASE_URL": self.pgbouncer.session_url}

    def at_end(self, undo: Callable[[], None]) -> None:
        """Have `undo` called before the servers stop."""
        self._undo.callback(undo)

    def wait(self, seconds: float) -> None:
        """Sleep; raises Stop when somebody asked to stop."""
        self._requests.pause(seconds)

    def pause(self, seconds: float) -> None:
        """Sleep; raises Stop when somebody asked to stop, TimeoutError when the time of the suite is up."""
        self.wait(seconds)
        if time.monotonic() > self.deadline:
            raise TimeoutError("the time of the suite is up")

    def environment(self, **more: str) -> dict[str, str]:
        """What a process of the application is told, besides `more`."""
        usual = {"LOG_LEVEL": "WARNING", "LOG_FORMAT": "json", "JOBS_MAX_OPEN_PER_USER": OPEN_JOBS}
        return os.environ | usual | MODES[self.mode] | more

    def through(self, variable: str, port: int) -> dict[str, str]:
        """The URL of DATABASE_URL or REDIS_URL by way of a proxy on `port`."""
        url = urlsplit(os.environ[variable])
        address = f"{url.netloc.rpartition('@')[0]}@127.0.0.1:{port}"
        return {variable: url._replace(netloc=address).geturl()}


def on_leash(*argv: str, ending: signal.Signals = signal.SIGKILL) -> list[str]:
    """The command line of a Python program that gets the signal `ending` when the suite ends, however that happens."""
    return leashed([sys.executable, *argv], ending)
