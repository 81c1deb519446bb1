"""What the two embedded servers have in common: start, watch, stop."""

import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from slimy.stack import leftovers, ports
from slimy.stack.errors import StackError
from slimy.stack.folder import Folder
from slimy.stack.leash import leashed

START_SECONDS = 60.0
MINIMAL = {"PATH": "/usr/bin:/bin", "LANG": "C", "LC_ALL": "C", "TZ": "UTC"}


class Server(ABC):
    """A database server on 127.0.0.1 with its data in a private folder inside `folder`.

    `port` is where to look for a free port first (None: anywhere). With `durable` a commit survives a power
    cut; without, the server is faster and its data meant to be thrown away. `pause` waits for a number of
    seconds between two looks and may raise to give up starting.
    """

    name: ClassVar[str]
    program: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(
        self, folder: Folder, port: int | None, *, durable: bool, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self.folder = folder
        self.durable = durable
        self.data = folder.private(self.program)
        self.log = folder.path / f"{self.program}.log"
        self.port = self._first_port = port
        self.took = 0.0
        self._pause = pause
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where the application finds the server, with user and password."""

    @property
    @abstractmethod
    def version(self) -> str:
        """Such as "18.6"."""

    @abstractmethod
    def prepare(self) -> None:
        """Whatever has to exist before the server can start."""

    @abstractmethod
    def command(self, port: int) -> list[str | Path]:
        """The command line that runs the server in the foreground."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server is ready for clients; called until it is."""

    def start(self) -> None:
        """Start the server and wait until it answers. Raises StackError with the end of its log."""
        began = time.monotonic()
        leftovers.stop(self.program, self.data, self.stop_signal)
        self.prepare()
        try:
            # A port can be taken between our look and the server's.
            if not any(self._launch() for _ in range(3)):
                raise StackError(f"{self.name} did not start.\n" + "\n".join(self.tail()))
        except BaseException:
            self.stop()
            raise
        self.took = time.monotonic() - began

    def is_alive(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def stop(self, deadline: float | None = None) -> None:
        """Stop the server in good order; kill it at `deadline` (time.monotonic(), 8 s from now by default)."""
        if self._process is None:
            return
        deadline = deadline or time.monotonic() + 8
        if self._process.poll() is None:
            self._process.send_signal(self.stop_signal)
        try:
            self._process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            leftovers.stop(self.program, self.data, signal.SIGKILL, patience=0.5)
            self._process.kill()
            self._process.wait()
        self._process = None

    def tail(self, lines: int = 15) -> list[str]:
        """The last lines of the server's log."""
        return self.log.read_text(errors="replace").splitlines()[-lines:] if self.log.exists() else []

    def _launch(self) -> bool:
        self.port = ports.free(self._first_port)
        argv = [str(part) for part in self.command(self.port)]
        self.log.unlink(missing_ok=True)
        with self.log.open("xb") as log:
            self.log.chmod(0o600)
            self._process = subprocess.Popen(
                leashed(argv, self.stop_signal, self.folder.account),
                cwd=self.folder.path,
                env=MINIMAL,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self._wait_until_it_answers()

    def _wait_until_it_answers(self) -> bool:
        limit = time.monotonic() + START_SECONDS
        while time.monotonic() < limit and self.is_alive():
            if self.answers():
                return True
            self._pause(0.02)
        self.stop()
        return False
