"""What every worker does about once a second: nothing stays behind a dead worker or a lost message."""

from slimy.jobs.models import Job
from slimy.jobs.queue import Message, ring
from slimy.logs import get_logger

log = get_logger(__name__)

RINGS_AT_ONCE = 1000


def recover() -> None:
    """Put the jobs of dead workers back, then send again what is due: retries, rescued jobs, lost messages."""
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
    unrung = Job.objects.take_unrung(RINGS_AT_ONCE)
    unrung.sort(key=lambda row: row["number"])
    ring([Message(row["id"], row["queue"], row["priority"], row["deliveries"]) for row in unrung])
