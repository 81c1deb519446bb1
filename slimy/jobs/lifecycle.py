"""The life of a worker as RQ's commands see it: signs of life, signals, commands from Redis, the end."""

from __future__ import annotations

import json
import os
import signal
import time
from types import FrameType
from typing import Any

import redis
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections
from redis.client import Pipeline, PubSub, PubSubWorkerThread
from rq.exceptions import StopRequested
from rq.suspension import is_suspended
from rq.worker import BaseWorker, WorkerStatus
from rq.worker_registration import clean_worker_registry

from slimy import time_limits
from slimy.jobs import registry
from slimy.jobs.report import Tally
from slimy.jobs.slots import Slots
from slimy.logs import OncePerSecond, get_logger
from slimy.time_limits import GRACE, Watchdog

log = get_logger(__name__)

WAIT = 1  # seconds to block for a message before looking after the ledger
BEAT_EVERY = 2.0
BEAT_LASTS = 35  # seconds, at least; a worker that shows no life for so long is dead to `rqstats`
LEAVE_WITHIN = 5.0  # seconds that the running batch has after SIGTERM
LEAVE_AT_LAST = 9.5  # seconds after SIGTERM when a worker that hangs is ended


class Lifecycle(BaseWorker):
    """RQ's worker without its loop, and without its trust in what Redis holds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["serializer"] = "rq.serializers.JSONSerializer"  # the command would pass pickle
        super().__init__(*args, **kwargs)
        if unknown := set(self.queue_names()) - set(settings.QUEUES):
            known = ", ".join(settings.QUEUES)
            raise CommandError(f"No jobs come to {', '.join(sorted(unknown))!r}; name at least one of: {known}.")
        self.slots = Slots(self.queue_names())
        self.longest = registry.longest(self.queue_names()) * GRACE  # seconds that a job may take
        self.watchdog = Watchdog(self.longest + settings.JOBS["HANG_SECONDS"])
        self._tally = Tally()
        self.rounds: dict[Any, str] = {}  # what is done again and again: name → when last, and how much
        self._next_beat = 0.0
        self._may_warn = OncePerSecond()

    @property
    def connection_timeout(self) -> int:
        """Seconds until a Redis that doesn't answer counts as lost."""
        return WAIT + 4

    def set_busy(self) -> None:
        """Say that jobs are being done, without a round trip: it reaches Redis with the next beat."""
        self._state = WorkerStatus.BUSY.value

    def beat(self) -> None:
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
            pipeline.hset(self.key, mapping={"state": self._state, "slot": str(self.slots), **self.rounds})
            pipeline.execute()
        for queue in self.queues:
            clean_worker_registry(queue)  # of those that died without a word
        self._state = WorkerStatus.IDLE.value
        self._next_beat = time.monotonic() + BEAT_EVERY

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """RQ's heartbeat with our shorter life: who is dead vanishes from `rqstats` when it can't be busy any more."""
        super().heartbeat(max(BEAT_LASTS, int(self.longest) + WAIT + 4), pipeline=pipeline)

    def check_for_suspension(self, burst: bool) -> None:
        """Wait while `rqsuspend` says so, and show life. Raises StopRequested in a burst."""
        while not self._stop_requested and is_suspended(self.connection, self):
            if burst:
                raise StopRequested
            self._state = WorkerStatus.SUSPENDED.value
            self.watchdog.alive()
            self.beat()
            time.sleep(1)

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """First SIGTERM or SIGINT: finish the batch, take no more. What takes too long for that is put back."""
        self._stop_requested = True
        self._first_signal = time.monotonic()
        time_limits.leave_within(LEAVE_WITHIN)
        self.watchdog.last(LEAVE_AT_LAST)
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

    def end(self, *, redis_answers: bool) -> None:
        """Tell RQ that this worker is gone; when Redis is away, its entry expires by itself."""
        try:
            if redis_answers:
                self._next_beat = 0.0
                self.beat()
                self.unsubscribe()
                self.register_death()
        except redis.RedisError:
            pass
        finally:
            connections.close_all()
            self.watchdog.stop()
            log.info("Worker stopped", action="worker_stopped", worker=self.name)

    def _pubsub_exception_handler(self, exc: Exception, pubsub: PubSub, pubsub_thread: PubSubWorkerThread) -> None:
        """Commands come again when Redis does; the loop says that it is away, one voice is enough."""
        time.sleep(2)
