"""What `run` and `demo` start: migrations, demo data, the web server, a worker for each queue."""

import http.client
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Mapping
from typing import Any

from slimy.stack import ports, web
from slimy.stack.child import Child
from slimy.stack.console import Console
from slimy.stack.errors import StackError
from slimy.stack.processes import Processes

LIVE_SECONDS = 60.0
MANAGE = [sys.executable, "manage.py"]


class Application:
    """The children of one stack, started one step after the other.

    `values` are the environment variables that they get besides ours; the web server listens on the port that is
    `reserved`; `quiet` shows their output only when something fails.
    """

    def __init__(
        self,
        processes: Processes,
        console: Console,
        values: Mapping[str, str],
        reserved: socket.socket,
        *,
        quiet: bool = False,
    ) -> None:
        self.demo_data: dict[str, Any] = {}
        self.port = ports.port_of(reserved)
        self._reserved = reserved
        self._processes = processes
        self._console = console
        self._env = os.environ | dict(values)
        self._quiet = quiet

    @property
    def url(self) -> str:
        """Where the web server answers."""
        return f"http://{ports.HOST}:{self.port}"

    def migrate(self) -> None:
        """Bring the database's tables up to date."""
        began = time.monotonic()
        self.manage("migrate", "--noinput")
        self._console.step("Migrations", f"up to date in {time.monotonic() - began:.1f} s")

    def collect_static(self) -> None:
        """Gather the pages' styles and scripts; a development installation serves them from where they are."""
        if self._env.get("SLIMY_ENV") != "development":
            self.manage("collectstatic", "--noinput")
            self._console.step("Static files", "collected")

    def create_demo_data(self) -> None:
        """An administrator and users with tokens, for a database of our own. Keeps what is there."""
        self.demo_data = json.loads(self.manage("demo_data")[-1])
        self._console.step("Demo data", ", ".join(user["username"] for user in self.demo_data["users"]))

    def start(self) -> None:
        """Start web and workers and wait until the web server answers.

        Raises StackError when it does not within 20 seconds.
        """
        began = time.monotonic()
        children = [self._web(), *map(self._worker, self.manage("job_queues"))]
        self._console.introduce(*(child.name for child in children))
        for child in children:
            self._processes.start(child)
        if not self._processes.wait_until(self._is_live, LIVE_SECONDS):
            raise StackError(f"The web server gave no good answer at {self.url}/health/live.")
        names = ", ".join(child.name for child in children)
        self._console.step("Processes", f"{names}; up in {time.monotonic() - began:.1f} s")

    def manage(self, *arguments: str) -> list[str]:
        """Run a command of manage.py to its end. Returns the lines of its standard output.

        Raises StackError with its last words when it fails.
        """
        with tempfile.TemporaryFile("w+") as answer:
            command = Child(" ".join(arguments), MANAGE + list(arguments), self._env, quiet=True, answer=answer)
            code = self._processes.finish(command)
            answer.seek(0)
            lines = answer.read().splitlines()
        if code:
            words = [f"manage.py {command.name} ended with exit code {code}:", *lines[-30:], *command.tail]
            raise StackError("\n".join(words))
        return lines

    def show(self, *arguments: str) -> int:
        """Run a command of manage.py whose standard output is for the reader. Returns its exit code."""
        command = Child(" ".join(arguments), MANAGE + list(arguments), self._env, quiet=True, answer=sys.stdout)
        code = self._processes.finish(command)
        if code:
            self._console.say("\n".join(command.tail))
        return code

    def _web(self) -> Child:
        return Child("web", web.command(self._reserved), self._env, quiet=self._quiet)

    def _worker(self, queue: str) -> Child:
        argv = [*MANAGE, "rqworker", queue]
        return Child(f"worker {queue}", argv, self._env, quiet=self._quiet)

    def _is_live(self) -> bool:
        connection = http.client.HTTPConnection(ports.HOST, self.port, timeout=1)
        try:
            connection.request("GET", "/health/live")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
