"""One process of the application: the web server, a worker, or a command of the start."""

import contextlib
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import IO, cast

from slimy.stack.folder import CHECKOUT
from slimy.stack.leash import leashed

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0  # seconds before a process that failed starts again
SETTLED_SECONDS = 15.0  # one that ran this long has recovered
LONGEST_LINE = 64 * 1024


class Child:
    """A process in a session of its own, whose output goes into a pipe that never blocks us.

    `quiet` keeps its lines from the console, not from `tail`. With `answer` its standard output goes into that file,
    and only its standard error into the pipe.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        *,
        quiet: bool = False,
        answer: IO[str] | None = None,
    ) -> None:
        self.name = name
        self.quiet = quiet
        self.tail: deque[str] = deque(maxlen=30)
        self.due = 0.0  # time.monotonic() of the next start
        self._argv, self._env = list(argv), dict(env)
        self._answer = answer
        self._failures = 0
        self._rest = b""

    def start(self) -> None:
        """Start the process."""
        self.process = subprocess.Popen(
            leashed(self._argv, signal.SIGTERM),
            cwd=CHECKOUT,
            env=self._env | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=self._answer or subprocess.PIPE,
            stderr=subprocess.PIPE if self._answer else subprocess.STDOUT,
            start_new_session=True,
        )
        self.output = cast("IO[bytes]", self.process.stderr if self._answer else self.process.stdout)
        os.set_blocking(self.output.fileno(), False)
        self._started = time.monotonic()

    @property
    def exit_code(self) -> int:
        """Of a process that has ended; 128 + n after signal n, as shells say it."""
        return exit_code(self.process.returncode)

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def read(self) -> list[str] | None:
        """The complete lines it has written since last time; None once nothing can come any more."""
        try:
            data = os.read(self.output.fileno(), LONGEST_LINE)
        except BlockingIOError:
            return []
        ended = not data or len(self._rest) > LONGEST_LINE
        *lines, self._rest = (self._rest + data + (b"\n" if ended else b"")).split(b"\n")
        texts = [line.decode(errors="replace").rstrip() for line in lines if line.strip()]
        self.tail.extend(texts)
        return texts if data or texts else None

    def ask_to_end(self) -> None:
        """SIGTERM; the process passes it on to those it started."""
        if self.is_alive():
            self.process.terminate()

    def kill(self) -> None:
        """SIGKILL to the process and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def plan_restart(self) -> float:
        """After its end: seconds until it has to start again. 0 when a worker ended in good order."""
        lived = time.monotonic() - self._started
        fine = self.process.returncode == 0 and lived > 1
        self._failures = 0 if fine or lived > SETTLED_SECONDS else self._failures + 1
        pause = 0.0 if fine else min(FIRST_PAUSE * 2 ** max(self._failures - 1, 0), LONGEST_PAUSE)
        self.due = time.monotonic() + pause
        return pause


def exit_code(returncode: int) -> int:
    """A return code of `subprocess` as an exit code of our own."""
    return returncode if returncode >= 0 else 128 - returncode
