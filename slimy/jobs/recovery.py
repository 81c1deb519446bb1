"""What every worker does about once a second: nothing stays behind a dead worker or a lost message."""

import random
import time

from django.utils import timezone
from rq.utils import utcformat

from slimy.jobs import registry
from slimy.jobs.chores import Chores
from slimy.jobs.models import Job
from slimy.jobs.pruning import BATCH, prune
from slimy.jobs.queue import Message, ring, waiting
from slimy.logs import get_logger
from slimy.metrics import JOBS_RESCUED

log = get_logger(__name__)

RINGS_AT_ONCE = 1000
PRUNE_EVERY = 60.0  # seconds, of each worker; at once again while there is more than one batch


class Recovery:
    """The rounds of one worker."""

    def __init__(self, rounds: dict[str, str] | None = None) -> None:
        self._chores = Chores()
        self._rounds = {} if rounds is None else rounds  # what was done last, for those who watch
        self._prune_at = time.monotonic() + random.uniform(0, PRUNE_EVERY)  # noqa: S311  spreads workers

    def __call__(self) -> None:
        """Put the jobs of dead workers back; send again what is due: retries, rescued jobs, lost messages; prune."""
        self._rescue()
        self._ring()
        if time.monotonic() >= self._prune_at:
            self._prune()
        self._chores()

    def _rescue(self) -> None:
        found = Job.objects.rescue()
        self._note("rescue", len(found))
        for rescued in found:
            JOBS_RESCUED.labels(rescued["type"]).inc()
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
        """No more than a queue needs to have work: a message that waits there isn't lost, only late."""
        sent = 0
        for queue in registry.queues():
            room = RINGS_AT_ONCE - waiting(queue, otherwise=RINGS_AT_ONCE)
            unrung = Job.objects.take_unrung(queue, room) if room > 0 else []
            unrung.sort(key=lambda row: row["number"])
            ring([Message(row["id"], row["queue"], row["priority"], row["deliveries"]) for row in unrung])
            sent += len(unrung)
        self._note("ring", sent)

    def _prune(self) -> None:
        count = prune().total()
        self._note("prune", count)
        self._prune_at = time.monotonic() + (0 if count == BATCH else PRUNE_EVERY)
        if count:
            log.info("Old jobs pruned", action="jobs_pruned", count=count)

    def _note(self, name: str, count: int) -> None:
        """Shown by the admin's page of workers: when this was done last, and how many jobs it concerned."""
        self._rounds[f"round:{name}"] = f"{utcformat(timezone.now())} {count}"
