"""The worker behind `manage.py rqworker`: RQ's lifecycle, our loop.

One process, one database connection, as many jobs at once as wait.

What comes from Redis is not trusted: a message is read as a ledger id and nothing in it is obeyed.
"""

from __future__ import annotations

import json
import math
import os
import signal
import time
from collections.abc import Sequence
from types import FrameType
from typing import Any, cast
from uuid import UUID

import redis
from django.conf import settings
from django.core.management.base import CommandError
from django.db import InterfaceError, OperationalError, connections
from redis.client import Pipeline
from rq.defaults import DEFAULT_LOGGING_DATE_FORMAT, DEFAULT_LOGGING_FORMAT
from rq.exceptions import StopRequested
from rq.worker import BaseWorker, DequeueStrategy, WorkerStatus

from slimy.jobs.executor import Executor, Tally
from slimy.jobs.queue import ledger_ids
from slimy.jobs.recovery import recover
from slimy.logs import OncePerSecond, get_logger

log = get_logger(__name__)

WAIT = 1  # seconds to block for a message before looking after the ledger
LOOK_EVERY = 1.0  # after the ledger, and whether `rqsuspend` was called
BEAT_EVERY = 2.0
BEAT_LASTS = 35  # a worker that shows no life for so long is dead to `rqstats`
LONGEST_PAUSE = 5.0


class LedgerWorker(BaseWorker):
    """Takes as many waiting ids as there are, up to a batch, and executes them together."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["serializer"] = "rq.serializers.JSONSerializer"  # the command would pass pickle
        super().__init__(*args, **kwargs)
        if unknown := set(self.queue_names()) - set(settings.QUEUES):
            known = ", ".join(settings.QUEUES)
            raise CommandError(f"No jobs come to {', '.join(sorted(unknown))!r}; name at least one of: {known}.")
        self.executor = Executor(self.name, self.queue_names())
        self._backlog: list[UUID] = []
        self._tally = Tally()
        self._done = 0
        self._next_look = self._next_beat = 0.0
        self._pause = 0.0
        self._may_warn = OncePerSecond()

    @property
    def connection_timeout(self) -> int:
        """Seconds until a Redis that doesn't answer counts as lost."""
        return WAIT + 4

    # --- the loop --------------------------------------------------------------------------------
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
        self.register_birth()
        self.subscribe()
        log.info("Worker started", action="worker_started", worker=self.name, queues=self.queue_names())
        idle_since, most = time.monotonic(), max_jobs or math.inf
        try:
            while not self._stop_requested and self._done < most:
                size = int(min(settings.JOBS["BATCH_SIZE"], most - self._done))
                if self._turn(size, block=not burst) or self._pause:
                    idle_since = time.monotonic()
                elif burst or (max_idle_time and time.monotonic() - idle_since >= max_idle_time):
                    break
        finally:
            self._end()
        return self._done > 0

    def _turn(self, size: int, *, block: bool) -> int:
        """One turn of the loop: show life, look after the ledger, take a batch, do it. Returns how many ids it took."""
        try:
            self._beat()
            self._look_around(burst=not block)
            taken = self._execute([] if self._backlog else self._pop(size, block=block))
            self._pause = 0.0
            return taken
        except StopRequested:  # suspended, in a burst
            self._stop_requested = True
        except (redis.RedisError, OperationalError, InterfaceError) as error:
            self._wait_after(error)
        return 0

    def _pop(self, size: int, *, block: bool) -> list[bytes]:
        """Messages that wait, at most `size`; from the first queue that has any."""
        for key in self.queue_keys():
            if messages := cast("list[bytes] | None", self.connection.lpop(key, size)):
                return messages
        if not block:
            return []
        popped = self.connection.blpop(self.queue_keys(), WAIT)
        if popped is None:
            return []
        key, first = cast("tuple[str, bytes]", popped)
        return [first, *(cast("list[bytes] | None", self.connection.lpop(key, size - 1)) or ())]

    def _execute(self, messages: Sequence[bytes]) -> int:
        """Execute the jobs of messages, or those a former batch had no time for; then acknowledge."""
        ids = self._backlog or ledger_ids(messages)
        tally = Tally()
        if ids:
            self.set_busy()
            self._backlog = ids  # kept when PostgreSQL is lost on the way: what is done already can't be claimed again
            tally = self.executor.execute(ids)
            self._backlog = tally.rest
        tally.dropped += len(messages) - len(ids) if messages else 0
        self._done += tally.completed + tally.failed
        self._tally += tally
        if messages:
            self._acknowledge(messages, tally)
        return len(ids) or len(messages)

    def _acknowledge(self, messages: Sequence[bytes], tally: Tally) -> None:
        if tally.dropped:
            log.warning("Messages dropped", action="messages_dropped", count=tally.dropped, worker=self.name)
        self.connection.unlink(*(b"rq:job:" + message[:200] for message in messages))

    # --- signs of life ---------------------------------------------------------------------------
    def set_busy(self) -> None:
        """Say that jobs are being done, without a round trip: it reaches Redis with the next beat."""
        self._state = WorkerStatus.BUSY.value

    def _beat(self) -> None:
        """Show life and count what was done, by time and not by job."""
        if time.monotonic() < self._next_beat:
            return
        tally, self._tally = self._tally, Tally()
        with self.connection.pipeline() as pipeline:
            if not self.connection.exists(self.key):
                pipeline.hset(self.key, mapping=self.serialize())  # Redis came back empty
            self.heartbeat(pipeline=pipeline)
            pipeline.sadd(self.redis_workers_keys, self.key)
            for name in self.queue_names():
                pipeline.sadd(f"rq:workers:{name}", self.key)
            pipeline.hincrby(self.key, "successful_job_count", tally.completed)
            pipeline.hincrby(self.key, "failed_job_count", tally.failed)
            pipeline.hincrby(self.key, "dropped_message_count", tally.dropped)
            pipeline.hset(self.key, "state", self._state)
            pipeline.execute()
        self._state = WorkerStatus.IDLE.value
        self._next_beat = time.monotonic() + BEAT_EVERY

    def _look_around(self, *, burst: bool) -> None:
        """Once a second: wait while suspended (`rqsuspend`), then look after the ledger."""
        if time.monotonic() >= self._next_look:
            self.check_for_suspension(burst)
            recover()
            self._next_look = time.monotonic() + LOOK_EVERY

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """RQ's heartbeat with our shorter life: who is dead vanishes from `rqstats` within BEAT_LASTS seconds."""
        super().heartbeat(BEAT_LASTS, pipeline=pipeline)

    def _wait_after(self, error: Exception) -> None:
        """Redis or PostgreSQL is away: drop broken connections and try again after a growing pause."""
        connections.close_all()
        self._pause = min(LONGEST_PAUSE, max(0.1, self._pause * 2))
        if self._may_warn():
            log.warning(
                "Server not reached, will try again", action="worker_waits", error=str(error)[:300], seconds=self._pause
            )
        until = time.monotonic() + self._pause
        while not self._stop_requested and time.monotonic() < until:
            time.sleep(0.05)

    # --- signals and commands --------------------------------------------------------------------
    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """First SIGTERM or SIGINT: finish the batch, take no more."""
        self._stop_requested = True
        self._first_signal = time.monotonic()
        signal.signal(signal.SIGINT, self.request_force_stop)
        signal.signal(signal.SIGTERM, self.request_force_stop)

    def request_force_stop(self, signum: int, frame: FrameType | None) -> None:
        """A second signal: go at once. PostgreSQL rolls the batch back, another worker rescues it."""
        if time.monotonic() - self._first_signal > 1:  # the same Ctrl-C may arrive twice
            os._exit(1)

    def handle_payload(self, message: Any) -> None:
        """A command from Redis: only `shutdown` is obeyed, anything else is ignored."""
        try:
            command = json.loads(message["data"])["command"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return
        if command == "shutdown":
            os.kill(os.getpid(), signal.SIGINT)

    def _end(self) -> None:
        """Tell RQ that this worker is gone; when Redis is away, its entry expires by itself."""
        try:
            self._next_beat = 0.0
            self._beat()
            self.unsubscribe()
            self.register_death()
        except redis.RedisError:
            pass
        finally:
            connections.close_all()
            log.info("Worker stopped", action="worker_stopped", worker=self.name)
