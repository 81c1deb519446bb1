"""One running stack per data folder.

A lock of the kernel rather than a file with a pid: it is gone the moment its holder is, however it ended,
and a pid that was given to another process can't fool it.
"""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType

NAME = "lock"


class Taken(Exception):
    """Another process holds the lock; the text is what it noted there."""


class Lock:
    """Held from `with Lock(folder):` to its end. Raises Taken."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._fd = -1

    def __enter__(self) -> "Lock":
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if not self._acquired():
            os.close(self._fd)
            raise Taken(self._path.read_text())
        self.note(f"pid {os.getpid()}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._fd)

    def note(self, text: str) -> None:
        """Leave a word for those who find the lock taken."""
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, text.encode(), 0)

    def _acquired(self) -> bool:
        for _ in range(5):  # `is_held` takes the lock for a moment
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                time.sleep(0.05)
        return False


def is_held(folder: Path) -> bool:
    """Whether a running process holds the lock of this folder."""
    try:
        fd = os.open(folder / NAME, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
