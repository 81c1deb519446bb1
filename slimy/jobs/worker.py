"""The worker behind `manage.py rqworker`: RQ's lifecycle, our loop.

One process, one database connection, as many jobs at once as wait.

What comes from Redis is not trusted: a message is read as a ledger id and nothing in it is obeyed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

import redis
from django.conf import settings
from django.core.management.base import CommandError
from django.db import InterfaceError, OperationalError, ProgrammingError, connections
from rq.defaults import DEFAULT_LOGGING_DATE_FORMAT, DEFAULT_LOGGING_FORMAT
from rq.exceptions import StopRequested
from rq.worker import DequeueStrategy

from slimy.garbage import settle_in
from slimy.jobs import recycling, registry
from slimy.jobs.executor import Executor
from slimy.jobs.faults import fault
from slimy.jobs.lifecycle import WAIT, Lifecycle
from slimy.jobs.pauses import paused
from slimy.jobs.queue import ledger_ids
from slimy.jobs.recovery import Recovery
from slimy.jobs.report import Tally
from slimy.logs import get_logger
from slimy.metrics import MESSAGES_DROPPED
from slimy.postgres.connection import give_up_after

log = get_logger(__name__)

LOOK_EVERY = 1.0  # after the ledger, and whether `rqsuspend` was called
LONGEST_PAUSE = 5.0
FEW = 10  # jobs that a batch tries for at least


class LedgerWorker(Lifecycle):
    """Takes as many waiting ids as there are, up to a batch, and executes them together."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.executor = Executor(self.name, self.slots, self.watchdog.alive)
        self.recover = Recovery(self.rounds)
        self._backlog: list[UUID] = []
        self._most = self._size = registry.at_once(self.queue_names(), settings.JOBS["BATCH_SIZE"])
        self._done = 0
        self._next_look = self._pause = 0.0

    def work(
        self,
        burst: bool = False,
        logging_level: str | None = None,
        date_format: str = DEFAULT_LOGGING_DATE_FORMAT,
        log_format: str = DEFAULT_LOGGING_FORMAT,
        max_jobs: int | None = None,
        max_idle_time: int | None = None,
        with_scheduler: bool = False,
        dequeue_strategy: DequeueStrategy = DequeueStrategy.DEFAULT,
    ) -> bool:
        """Work until told to stop; True when any job was done. Retries need no scheduler: the ledger keeps their time.

        With `burst`, until nothing waits; with `max_jobs`, until that many jobs were done; with `max_idle_time`,
        until nothing came for so many seconds.
        """
        self._install_signal_handlers()
        registry.warm_up(self.queue_names())
        settle_in()
        give_up_after(self.longest + 5)  # statements end before that; only a silent server doesn't
        self.register_birth()
        self.subscribe()
        log.info("Worker started", action="worker_started", worker=self.name, queues=self.queue_names())
        idle_since, most = time.monotonic(), max_jobs or math.inf
        try:
            while not self._stop_requested and self._done < most:
                size = int(min(self._size, most - self._done))
                if self._turn(size, block=not burst) or self._pause:
                    idle_since = time.monotonic()
                elif burst or (max_idle_time and time.monotonic() - idle_since >= max_idle_time):
                    break
                if recycling.is_due(self._done):
                    break
        except ProgrammingError as error:
            raise CommandError(
                f"The database isn't what this version expects; run manage.py migrate. {error}"
            ) from error
        finally:
            self.end(redis_answers=not self._pause)
        return self._done > 0

    def _turn(self, size: int, *, block: bool) -> int:
        """One turn of the loop: show life, look after the ledger, take a batch, do it. Returns how many ids it took."""
        try:
            self.watchdog.alive()
            self.beat()
            self._look_around(burst=not block)
            taken = 0 if self._stop_requested else self._take(size, block=block)
            self._pause = 0.0
            return taken
        except StopRequested:  # suspended, in a burst
            self._stop_requested = True
        except (redis.RedisError, OperationalError, InterfaceError) as error:
            self._wait_after(error)
        return 0

    def _take(self, size: int, *, block: bool) -> int:
        """Execute what waits in the queues that we hold a slot of; without one, stand by."""
        open_to_us = set(self.slots)
        if self._backlog:
            return self._execute([], size)
        if keys := [queue.key for queue in self.queues if queue.name in open_to_us]:
            return self._execute(self._pop(keys, size, block=block), size)
        waits = not block and any(
            self.connection.llen(queue.key) for queue in self.queues if queue.name not in paused()
        )
        if block or waits:
            self._sleep(WAIT)
        return int(waits)

    def _pop(self, keys: Sequence[str], size: int, *, block: bool) -> list[bytes]:
        """Messages that wait, at most `size`, of the first queue that has any; with `block`, wait a moment for some."""
        most = {"direction": "LEFT", "count": size}
        client: Any = self.connection
        found = client.blmpop(WAIT, len(keys), *keys, **most) if block else client.lmpop(len(keys), *keys, **most)
        return cast("list[bytes]", found[1]) if found else []

    def _execute(self, messages: Sequence[bytes], size: int) -> int:
        """Execute the jobs of messages, or those a former batch had no time for; then acknowledge."""
        waiting = self._backlog or ledger_ids(messages)
        ids, later = waiting[:size], waiting[size:]
        tally = Tally()
        if ids:
            self.set_busy()
            self._backlog = waiting  # kept when PostgreSQL is lost on the way: what is done can't be claimed again
            tally = self.executor.execute(ids)
            self._backlog = tally.rest + later
            self._adapt(len(ids), len(tally.rest))
        tally.dropped += len(messages) - len(waiting) if messages else 0
        self._done += tally.completed + tally.failed
        self._tally += tally
        if messages:
            self._acknowledge(messages, tally)
            fault("after_acknowledge")
        return len(ids) or len(messages)

    def _adapt(self, taken: int, left: int) -> None:
        """Take no more at once than there is time for: jobs done together by the hundred, slow ones by the handful."""
        self._size = max(taken - left, min(FEW, self._most)) if left else min(self._size * 2, self._most)

    def _acknowledge(self, messages: Sequence[bytes], tally: Tally) -> None:
        if tally.dropped:
            MESSAGES_DROPPED.inc(tally.dropped)
            log.warning("Messages dropped", action="messages_dropped", count=tally.dropped, worker=self.name)
        self.connection.unlink(*(b"rq:job:" + message[:200] for message in messages))

    def _look_around(self, *, burst: bool) -> None:
        """Once a second: wait while suspended (`rqsuspend`), then look after the ledger."""
        if time.monotonic() >= self._next_look:
            self.check_for_suspension(burst)
            self.recover()
            self._next_look = time.monotonic() + LOOK_EVERY

    def _wait_after(self, error: Exception) -> None:
        """Redis or PostgreSQL is away: drop broken connections and try again after a growing pause."""
        if not isinstance(error, redis.RedisError):
            connections.close_all()  # and with it the slots
        self._pause = min(LONGEST_PAUSE, max(0.1, self._pause * 2))
        if self._may_warn():
            log.warning(
                "Server not reached, will try again", action="worker_waits", error=str(error)[:300], seconds=self._pause
            )
        self._sleep(self._pause)

    def _sleep(self, seconds: float) -> None:
        """Until the time is up or the worker is to stop."""
        until = time.monotonic() + seconds
        while not self._stop_requested and time.monotonic() < until:
            time.sleep(0.05)
