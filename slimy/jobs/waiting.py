"""Waiting for a job on behalf of a client that asked to (`Prefer: wait=<seconds>`, RFC 7240)."""

import re
import time
from threading import BoundedSemaphore

from slimy.jobs.models import TERMINAL, Job

LONGEST = 10  # seconds
WAITERS = BoundedSemaphore(4)  # of a web process; who comes later isn't made to wait but gets a 202

_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,9})(?:$|[,;\s])", re.IGNORECASE | re.ASCII)


def wished(prefer: str) -> int:
    """Seconds that a `Prefer` header asks to wait, at most LONGEST; 0 for none."""
    found = _WAIT.search(prefer)
    return min(int(found[1]), LONGEST) if found else 0


def wait_for(job: Job, seconds: float) -> bool:
    """Look at the ledger until the job is finished (True) or the time is up (False); then `job` is as it is now."""
    if seconds <= 0 or not WAITERS.acquire(blocking=False):
        return False
    try:
        _wait_until(time.monotonic() + seconds, job)
    finally:
        WAITERS.release()
    job.refresh_from_db()
    return job.is_finished


def _wait_until(end: float, job: Job) -> None:
    pause = 0.005
    finished = Job.objects.filter(pk=job.pk, status__in=TERMINAL)
    while not finished.exists() and time.monotonic() + pause < end:
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)
