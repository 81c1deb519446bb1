"""How many workers may work on a queue, over all machines: each holds one of the queue's slots.

A slot is a session lock in PostgreSQL (advisory, keyed by queue and number): it ends with the connection, so a
worker that dies leaves its slot to those that stand by.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from zlib import crc32

from django.conf import settings
from django.db import DatabaseError, connection

from slimy.jobs.pauses import paused
from slimy.logs import get_logger
from slimy.sql import one, query

log = get_logger(__name__)

TRY_EVERY = 1.0  # seconds

_TAKE = "SELECT n FROM generate_series(1, %(limit)s) AS n WHERE pg_try_advisory_lock(%(queue)s, n) LIMIT 1"

# PostgreSQL looks every second, also in the middle of a statement, whether the worker is still there; the
# worker's machine, should it have lost power, gets 11 s.
_NOTICE_DEATH = """
SELECT set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '2', false),
       set_config('tcp_keepalives_count', '3', false), set_config('client_connection_check_interval', '1s', false)"""


def lock_class(queue: str) -> int:
    """The first of the two numbers that name a slot's lock; the second counts from 1."""
    return crc32(f"slimy:{queue}".encode()) - 2**31


class Slots:
    """The slots that a worker of `queues` holds. Iterating gives the queues it may take jobs from now."""

    def __init__(self, queues: Sequence[str]) -> None:
        self._queues = list(dict.fromkeys(queues))
        self._held: dict[str, int] = {}
        self._session: object = None
        self._next_try = 0.0
        self._waits: list[str] = []

    def __iter__(self) -> Iterator[str]:
        """Looks at the connection as it is now: with a new one all slots are to be taken again.

        Raises OperationalError when PostgreSQL can't be reached.
        """
        connection.ensure_connection()
        if connection.connection is not self._session:
            self._held, self._next_try = {}, 0.0
            with suppress(DatabaseError):  # a server that can't do all of this does what it can
                query(_NOTICE_DEATH)
            self._session = connection.connection
        if len(self._held) < len(self._queues) and time.monotonic() >= self._next_try:
            self._take()
        stopped = paused()
        return iter([queue for queue in self._queues if queue in self._held and queue not in stopped])

    def __str__(self) -> str:
        """For operators: "database:3,audit:1"; empty for a worker that stands by."""
        return ",".join(f"{queue}:{number}" for queue, number in self._held.items())

    def _take(self) -> None:
        for queue in self._queues:
            if queue not in self._held:
                slot = one(_TAKE, {"limit": settings.QUEUES[queue], "queue": lock_class(queue)})
                if slot:
                    self._held[queue] = slot["n"]
        self._next_try = time.monotonic() + TRY_EVERY
        waits = [queue for queue in self._queues if queue not in self._held]
        if waits != self._waits:
            log.info("Worker stands by" if waits else "Worker has its slots", action="slots", slots=str(self), no=waits)
        self._waits = waits
