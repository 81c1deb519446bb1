"""What every worker does about once a second: nothing stays behind a dead worker or a lost message."""

import random
import time

from slimy.jobs.models import Job
from slimy.jobs.pruning import BATCH, prune
from slimy.jobs.queue import Message, redis_answers, ring
from slimy.logs import get_logger

log = get_logger(__name__)

RINGS_AT_ONCE = 1000
PRUNE_EVERY = 60.0  # seconds, of each worker; at once again while there is more than one batch


class Recovery:
    """The rounds of one worker."""

    def __init__(self) -> None:
        self._prune_at = time.monotonic() + random.uniform(0, PRUNE_EVERY)  # noqa: S311  spreads workers

    def __call__(self) -> None:
        """Put the jobs of dead workers back; send again what is due: retries, rescued jobs, lost messages; prune."""
        self._rescue()
        self._ring()
        if time.monotonic() >= self._prune_at:
            self._prune()

    def _rescue(self) -> None:
        for rescued in Job.objects.rescue():
            log.warning(
                "Job rescued from a dead worker",
                action="job_rescued",
                job_id=str(rescued["id"]),
                type=rescued["type"],
                status=rescued["status"],
                crashes=rescued["crashes"],
                worker=rescued["claimed_by"],
            )

    def _ring(self) -> None:
        if not redis_answers():
            return  # each would wait longer than it has to
        unrung = Job.objects.take_unrung(RINGS_AT_ONCE)
        unrung.sort(key=lambda row: row["number"])
        ring([Message(row["id"], row["queue"], row["priority"], row["deliveries"]) for row in unrung])

    def _prune(self) -> None:
        count = prune().total()
        self._prune_at = time.monotonic() + (0 if count == BATCH else PRUNE_EVERY)
        if count:
            log.info("Old jobs pruned", action="jobs_pruned", count=count)
