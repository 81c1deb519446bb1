"""When a worker has lived long enough: it ends in good order, and its supervisor starts a fresh one."""

import gc
import os
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from slimy.logs import get_logger

log = get_logger(__name__)


def settle_in() -> None:
    """What is loaded at start stays: Python needn't look through it for garbage, nor after every few jobs of a batch.

    A batch makes some ten thousand objects, which go without the collector's help.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def is_due(done: int) -> bool:
    """True after JOBS_RECYCLE_AFTER jobs, or with more than JOBS_RECYCLE_MB of memory; `done` is the jobs so far."""
    most, megabytes = settings.JOBS["RECYCLE_AFTER"], settings.JOBS["RECYCLE_MB"]
    if not (most and done >= most) and not (megabytes and memory() > megabytes):
        return False
    log.warning("Worker has lived long enough, its supervisor starts another", action="worker_recycled", jobs=done)
    return True


def memory() -> float:
    """Resident memory of this process in MiB; 0 where the system has no /proc."""
    with suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return 0
