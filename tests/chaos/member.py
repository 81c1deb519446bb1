"""One worker process."""

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass

import psutil


@dataclass
class Member:
    """A worker by its name and process id. `died` is when it was killed or found dead (time.time())."""

    name: str
    pid: int
    died: float | None = None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        if self.died is not None:
            return False
        try:
            return bool(psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False

    def notice_death(self) -> None:
        """Note the time when it is found dead."""
        if self.died is None and not self.alive:
            self.died = time.time()

    def kill(self) -> None:
        """SIGKILL."""
        if self.alive:
            self.died = time.time()
            self.send(signal.SIGKILL)

    def send(self, signum: signal.Signals, *, group: bool = False) -> None:
        """Send a signal to the process, or to the whole process group that it leads."""
        with suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.pid, signum)
