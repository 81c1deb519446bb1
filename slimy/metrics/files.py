"""Where processes keep their counts, so that one answer of `/metrics` holds the sum of all on this machine.

prometheus-client's multiprocess mode: each process writes its counts to mapped files of its own in METRICS_DIR, which
survive it, however it ends. A process shows that it lives by a lock on a file; what the dead left is added up into
one archive, so that workers may come and go without end.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import IO

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from prometheus_client import values

ARCHIVE = "0"  # the process that never was; its files hold the counts of the dead
_signs_of_life: list[IO[str]] = []  # held as long as this process lives
_who = ""


def folder() -> Path:
    """METRICS_DIR."""
    return Path(settings.METRICS_DIR)


def share() -> None:
    """Have all metrics made from now on count in files. Raises ImproperlyConfigured when there can't be any."""
    path = folder()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        usable = path.stat().st_uid == os.geteuid() and not path.is_symlink() and os.access(path, os.W_OK)
    except OSError as error:
        raise ImproperlyConfigured(f"METRICS_DIR: {path} can't be made: {error.strerror}.") from error
    if not usable:
        raise ImproperlyConfigured(f"METRICS_DIR: {path} must be a folder of our own that we can write to.")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(path)
    values.ValueClass = values.MultiProcessValue(identity)


def identity() -> str:
    """The name of this process in the names of its files; another one after a fork, and never one used before."""
    global _who  # noqa: PLW0603  there is one process
    if not _who:
        _who = f"{os.getpid()}-{token_hex(4)}"
        with locked(exclusive=False):
            sign = (folder() / f"{_who}.alive").open("w")
            fcntl.flock(sign, fcntl.LOCK_EX)
        _signs_of_life.append(sign)
    return _who


def _be_another() -> None:
    global _who  # noqa: PLW0603
    _who = ""


os.register_at_fork(after_in_child=_be_another)


def is_dead(process: str) -> bool:
    """Whether the process of this name has ended; call it with the folder locked."""
    try:
        with (folder() / f"{process}.alive").open() as sign:
            fcntl.flock(sign, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except BlockingIOError:
        return False
    return True


@contextmanager
def locked(*, exclusive: bool) -> Iterator[None]:
    """Shared while files are read or made, exclusive while they are added up."""
    with (folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
        yield


def counts() -> list[Path]:
    """The files with counts; call it with the folder locked. One that was just made is still empty."""
    found = []
    for path in folder().glob("*.db"):
        with suppress(FileNotFoundError):
            if path.stat().st_size:
                found.append(path)
    return found


def process_of(path: Path) -> str:
    """The name of the process whose counts are in the file: `counter_<process>.db`."""
    return path.stem.partition("_")[2]
