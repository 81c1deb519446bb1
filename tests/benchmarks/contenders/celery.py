"""Celery with the Redis broker."""

import sys

from tests.benchmarks.children import Child
from tests.benchmarks.contenders.peer import Peer
from tests.benchmarks.messages import for_peer
from tests.benchmarks.place import CELERY, Place

QUIET = "--loglevel WARNING --without-gossip --without-mingle --without-heartbeat"


class CeleryPeer(Peer):
    """One Celery worker with a pool of its kinds: `solo`, or `prefork` with two processes."""

    number = CELERY
    warm_up = 100

    def __init__(self, place: Place, name: str, pool: str) -> None:
        super().__init__(place)
        self.name, self.pool = name, pool

    def worker(self) -> Child:
        command = f"-m celery --app tests.benchmarks.peers.celery_app worker {QUIET} {self.pool}"
        return Child([sys.executable, *command.split()], self.place.peers(self.number))

    def fill(self, count: int, first: int) -> None:
        from tests.benchmarks.peers.celery_app import app, save_message

        with app.producer_pool.acquire(block=True) as producer:
            for n in range(first, first + count):
                save_message.apply_async((for_peer(n),), producer=producer)


def prefork(place: Place) -> CeleryPeer:
    """A process for each core."""
    return CeleryPeer(place, "Celery, 2 processes", "--pool prefork --concurrency 2")


def solo(place: Place) -> CeleryPeer:
    """One process, as ours."""
    return CeleryPeer(place, "Celery, 1 process", "--pool solo")
