"""Processes that a benchmark starts. Each ends with its block, by its pid, however the block ends."""

import json
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from slimy.stack.leash import leashed

CHECKOUT = Path(__file__).resolve().parents[2]
GRACE = 10.0  # seconds to end after SIGTERM


class ChildFailed(Exception):
    """A process ended too early, or said nothing for too long; the text is its last words."""


class Child:
    """`with Child(argv, env) as child:` runs a process in a session of its own; it doesn't outlive us either.

    Its standard error goes to a file; so does its output, unless it `talks`: then `ask` and `listen` read it.
    """

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], *, talks: bool = False) -> None:
        self._argv, self._env, self._talks = list(argv), dict(env), talks

    def __enter__(self) -> "Child":
        self._log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            leashed(self._argv, signal.SIGTERM),
            cwd=CHECKOUT,
            env=self._env,
            stdin=subprocess.PIPE if self._talks else subprocess.DEVNULL,
            stdout=subprocess.PIPE if self._talks else self._log,
            stderr=self._log,
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self._log):
            if stream:
                stream.close()

    @property
    def pid(self) -> int:
        return self.process.pid

    @contextmanager
    def paused(self) -> Iterator[None]:
        """The process, and all in its session, stand still."""
        os.killpg(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.pid, signal.SIGCONT)

    def ask(self, question: Mapping[str, Any], seconds: float = 120) -> Any:
        """Send a line of JSON and return the answer. Raises ChildFailed."""
        self.tell(question)
        return self.listen(seconds)

    def tell(self, question: Mapping[str, Any]) -> None:
        """Send a line of JSON."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        self.process.stdin.flush()

    def listen(self, seconds: float = 30) -> Any:
        """The next line of its output, which is JSON. Raises ChildFailed."""
        assert self.process.stdout
        if select.select([self.process.stdout], [], [], seconds)[0] and (line := self.process.stdout.readline()):
            return json.loads(line)
        raise ChildFailed(self._last_words())

    def wait_until(self, true: Callable[[], object], seconds: float, pause: float = 0.05) -> None:
        """Look again and again until `true()` is. Raises ChildFailed when the process ends or the time is up."""
        until = time.monotonic() + seconds
        while not true():
            if self.process.poll() is not None or time.monotonic() > until:
                raise ChildFailed(self._last_words())
            time.sleep(pause)

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    def _last_words(self) -> str:
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - 3000))
        tail = self._log.read().decode(errors="replace")
        return f"{' '.join(self._argv)[:200]} (exit code {self.process.poll()}):\n{tail}"
