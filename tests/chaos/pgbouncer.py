"""A pgbouncer with the file that we ship, between the processes and PostgreSQL."""

import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import psycopg

from slimy.stack import ports
from slimy.stack.errors import StackError
from slimy.stack.folder import CHECKOUT, Folder
from slimy.stack.server import Server

POOLED = ("web", "all")  # who goes through it
OLDEST = (1, 22)  # the first that knows DEALLOCATE ALL, which psycopg sends after a ROLLBACK
SHIPPED = CHECKOUT / "docs" / "operations" / "files" / "pgbouncer.ini"
SHARED = 4  # connections to PostgreSQL for the 16 threads of the web server, so that they have to share


class Pgbouncer(Server):
    """`binary` in front of the PostgreSQL at `target`, a postgres:// URL with the user and password of its clients.

    Its clients are web processes, or with `pooled` "all" workers, too.
    """

    name = "pgbouncer"
    program = "pgbouncer"
    stop_signal = signal.SIGINT  # let transactions end, then end

    def __init__(
        self, folder: Folder, target: str, binary: str, pooled: str, pause: Callable[[float], None] = time.sleep
    ) -> None:
        super().__init__(folder, ports.free(), durable=True, pause=pause)
        self.binary, self.pooled = binary, pooled
        self._target = urlsplit(target)

    @property
    def url(self) -> str:
        """For web processes: each transaction may get another connection."""
        return self._url(self._target.path)

    @property
    def session_url(self) -> str:
        """For workers: each keeps the connection that it got."""
        return self._url("/slimy_workers")

    @property
    def version(self) -> str:
        return _written(version(self.binary))

    def prepare(self) -> None:
        """Nothing: it keeps no data."""

    def command(self, port: int) -> list[str | Path]:
        """The server on `port`, with the shipped file."""
        users = f'"{self._target.username}" "{self._target.password}"\n'
        file = self.folder.write(f"{self.program}/userlist.txt", users, for_server=True)
        text = configuration(SHIPPED.read_text(), port, self._target, file, self.pooled)
        return [self.binary, self.folder.write(f"{self.program}/pgbouncer.ini", text, for_server=True)]

    def answers(self) -> bool:
        """Whether it passes statements on."""
        try:
            with psycopg.connect(self.url, connect_timeout=2) as connection:
                return connection.execute("SELECT 1").rowcount == 1
        except psycopg.OperationalError:
            return False

    def _url(self, path: str) -> str:
        user = self._target.netloc.rpartition("@")[0]
        return self._target._replace(netloc=f"{user}@{ports.HOST}:{self.port}", path=path).geturl()


def configuration(shipped: str, port: int, target: SplitResult, users: Path, pooled: str) -> str:
    """The text of pgbouncer.ini with the ports, addresses and paths of here, and fewer connections to share.

    Raises StackError when the shipped text lacks one of the places that are replaced.
    """
    for there, here in (
        ("host=db.example port=5432", f"host={target.hostname} port={target.port}"),
        ("; slimy_workers =", "slimy_workers =" if pooled == "all" else "; slimy_workers ="),
        ("listen_port = 6432", f"listen_port = {port}"),
        ("/etc/pgbouncer/userlist.txt", str(users)),
        ("default_pool_size = 20", f"default_pool_size = {SHARED}"),
    ):
        if there not in shipped:
            raise StackError(f"{SHIPPED.name} doesn't say {there!r} any more.")
        shipped = shipped.replace(there, here)
    return shipped


def found(program: str) -> str:
    """The path of a pgbouncer, named so or found on PATH. Raises StackError when there is none that will do."""
    path = shutil.which(program)
    if path is None:
        raise StackError(f"There is no program {program}: install pgbouncer, or name it with --pgbouncer PROGRAM.")
    if (own := version(path)) < OLDEST:
        raise StackError(f"{path} is version {_written(own)}; prepared statements need {_written(OLDEST)} or newer.")
    return str(Path(path).absolute())


def version(path: str) -> tuple[int, ...]:
    """Such as (1, 24, 1). Raises StackError when the program doesn't say that it is a pgbouncer."""
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StackError(f"{path} can't be run: {error}") from error
    if number := re.match(r"PgBouncer (\d+(?:\.\d+)*)", said):
        return tuple(map(int, number[1].split(".")))
    raise StackError(f"{path} doesn't say that it is a pgbouncer.")


def _written(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))
