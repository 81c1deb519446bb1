"""Requests to stop, counted instead of obeyed in the middle of something."""

import contextlib
import signal
import time
from collections.abc import Iterator

from slimy.stack.errors import Stop

ASKING_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SAME_REQUEST_SECONDS = 0.3  # `make` passes on a SIGTERM that its children got as well


class Requests:
    """How often somebody asked to stop."""

    def __init__(self) -> None:
        self.count = 0
        self._last = float("-inf")

    @contextlib.contextmanager
    def counted(self) -> Iterator["Requests"]:
        """Count SIGINT, SIGTERM and SIGHUP until the end of the block. Main thread only."""
        before = {each: signal.signal(each, self._count) for each in ASKING_TO_STOP}
        try:
            yield self
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def pause(self, seconds: float) -> None:
        """Sleep; raises Stop when somebody asked to stop."""
        time.sleep(seconds)
        if self.count:
            raise Stop

    def _count(self, signum: int, frame: object) -> None:
        if time.monotonic() - self._last > SAME_REQUEST_SECONDS:
            self.count += 1
        self._last = time.monotonic()
