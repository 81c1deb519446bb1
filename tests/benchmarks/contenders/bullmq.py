"""BullMQ with node-postgres, at concurrency 10 in one process."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.benchmarks import node
from tests.benchmarks.children import Child
from tests.benchmarks.contenders.peer import Peer
from tests.benchmarks.place import BULLMQ

CONCURRENCY = 10


class BullMQ(Peer):
    """The system that this project replaces. Its queue is filled by a process of its own."""

    name = "BullMQ"
    number = BULLMQ
    warm_up = 500

    @contextmanager
    def worker(self) -> Iterator[Child]:
        with self.producer() as self._producer, node.child(self.place, "worker.js", str(CONCURRENCY)) as child:
            yield child

    def producer(self) -> Child:
        """A process that fills the queue and measures latencies."""
        return node.child(self.place, "producer.js", talks=True)

    def fill(self, count: int, first: int) -> None:
        self._producer.ask({"fill": count, "from": first})
