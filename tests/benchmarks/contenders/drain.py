"""How fast a worker drains a full queue, the same way for all contenders.

The worker is started and warmed up, then stopped (SIGSTOP) while the queue fills. The clock runs from SIGCONT until
PostgreSQL's time of the last effect. Afterwards the effects are checked.
"""

import time
from contextlib import AbstractContextManager
from typing import Protocol

from tests.benchmarks.children import Child

PATIENCE = 120.0  # seconds
LEAST, MOST = 50, 20_000  # jobs


class Contender(Protocol):
    """A worker with its queue and its tables."""

    name: str
    warm_up: int

    def reset(self) -> None:
        """Empty tables and queues."""

    def worker(self) -> AbstractContextManager[Child]:
        """The worker's process."""

    def fill(self, count: int, first: int) -> None:
        """Put jobs first … first + count - 1 into the queue."""

    def done(self) -> int:
        """How many jobs have had their effect."""

    def span(self) -> tuple[float, float]:
        """When the first and the last did, in seconds since 1970, by PostgreSQL's clock."""

    def check(self, count: int) -> None:
        """Raise AssertionError unless exactly the jobs 0 … count - 1 had their effects."""


def drain(contender: Contender, seconds: float) -> float:
    """Jobs a second that one worker does from a full queue: as many jobs as will probably take it `seconds`."""
    warm_up = contender.warm_up
    contender.reset()
    with contender.worker() as child:
        contender.fill(warm_up, 0)
        child.wait_until(lambda: contender.done() == warm_up, PATIENCE)
        first, last = contender.span()
        jobs = round(min(MOST, max(LEAST, seconds * warm_up / (last - first))))
        with child.paused():
            contender.fill(jobs, warm_up)
            began = time.time()
        child.wait_until(lambda: contender.done() >= warm_up + jobs, PATIENCE, pause=0.2)
        speed = jobs / (contender.span()[1] - began)
    contender.check(warm_up + jobs)
    return speed
