"""RQ's own workers: the stock one, which forks for each job, and SimpleWorker, which doesn't."""

import sys

from rq import Queue

from tests.benchmarks.children import Child
from tests.benchmarks.contenders.peer import Peer
from tests.benchmarks.messages import for_peer
from tests.benchmarks.place import RQ, Place

WORK = "tests.benchmarks.peers.message.save_message"


class RQPeer(Peer):
    """One RQ worker, `fork` or `simple`."""

    number = RQ

    def __init__(self, place: Place, kind: str, name: str, warm_up: int) -> None:
        super().__init__(place)
        self.kind, self.name, self.warm_up = kind, name, warm_up

    def worker(self) -> Child:
        argv = [sys.executable, "-m", "tests.benchmarks.peers.rq_worker", self.kind]
        return Child(argv, self.place.peers(self.number))

    def fill(self, count: int, first: int) -> None:
        queue = Queue("bench", connection=self.place.client(self.number))
        queue.enqueue_many([Queue.prepare_data(WORK, args=(for_peer(n),)) for n in range(first, first + count)])


def forking(place: Place) -> RQPeer:
    """RQ's stock worker."""
    return RQPeer(place, "fork", "RQ, a fork for each job", 10)


def simple(place: Place) -> RQPeer:
    """RQ's SimpleWorker."""
    return RQPeer(place, "simple", "RQ SimpleWorker", 50)
