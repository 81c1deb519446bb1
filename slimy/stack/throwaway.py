"""Servers for one run of something, on free ports; nothing of them is left afterwards."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from types import TracebackType
from typing import IO, cast

from slimy.stack import environment
from slimy.stack.errors import StackError
from slimy.stack.folder import CHECKOUT


class Throwaway:
    """Embedded servers for the given variables (of `environment.SERVERS`), held by a process of their own.

    `with Throwaway(variables) as values:` gives the environment for the application: the servers' URLs, and
    SLIMY_ENV and SECRET_KEY. `durable` makes them as safe, and as slow, as those of `make run`.
    """

    name = "The throw-away servers"

    def __init__(self, variables: Iterable[str], *, durable: bool = False) -> None:
        self._options = [*(["--durable"] if durable else []), *sorted(variables)]
        self._last_words: list[str] = []
        self._metrics = ""
        self.urls: dict[str, str] = {}

    def __enter__(self) -> dict[str, str]:
        self.start()
        return self.values

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def values(self) -> dict[str, str]:
        """The environment for the application, once they are started."""
        return environment.for_application(self.urls) | environment.metrics(self._metrics)

    def start(self) -> None:
        """Start the servers and wait for them. Raises StackError."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "slimy.stack.hold", *self._options],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._stdin, self._stdout = cast("IO[str]", self._process.stdin), cast("IO[str]", self._process.stdout)
        try:
            answer = self._next()
            if "urls" not in answer:
                raise StackError(str(answer.get("error", f"{self.name} did not start.")))
        except BaseException:
            self.stop()
            raise
        self.urls = answer["urls"]
        self._metrics = tempfile.mkdtemp(prefix="slimy-metrics-")

    def is_alive(self) -> bool:
        """Whether all of them run."""
        return self._process.poll() is None

    def stop(self, deadline: float | None = None) -> None:
        """Stop them by `deadline` (time.monotonic(), 15 s from now by default) and wait for it."""
        deadline = deadline or time.monotonic() + 15
        self._stdin.close()
        try:
            self._process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stdout.close()
        if self._metrics:
            shutil.rmtree(self._metrics, ignore_errors=True)

    def tail(self) -> list[str]:
        """Why they died; [] while they live."""
        if not self.is_alive() and not self._last_words:
            self._last_words = str(self._next().get("error", "")).splitlines()
        return self._last_words

    def _next(self) -> dict[str, dict[str, str]]:
        facts: dict[str, dict[str, str]] = json.loads(self._stdout.readline() or "{}")
        return facts
