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
from redis.client import Pipeline
from rq.worker import BaseWorker, WorkerStatus

from slimy.jobs.executor import Tally
from slimy.logs import get_logger

log = get_logger(__name__)

WAIT = 1  # seconds to block for a message before looking after the ledger
BEAT_EVERY = 2.0
BEAT_LASTS = 35  # a worker that shows no life for so long is dead to `rqstats`


class Lifecycle(BaseWorker):
    """RQ's worker without its loop, and without its trust in what Redis holds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["serializer"] = "rq.serializers.JSONSerializer"  # the command would pass pickle
        super().__init__(*args, **kwargs)
        if unknown := set(self.queue_names()) - set(settings.QUEUES):
            known = ", ".join(settings.QUEUES)
            raise CommandError(f"No jobs come to {', '.join(sorted(unknown))!r}; name at least one of: {known}.")
        self._tally = Tally()
        self._next_beat = 0.0

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
            pipeline.hset(self.key, "state", self._state)
            pipeline.execute()
        self._state = WorkerStatus.IDLE.value
        self._next_beat = time.monotonic() + BEAT_EVERY

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """RQ's heartbeat with our shorter life: who is dead vanishes from `rqstats` within BEAT_LASTS seconds."""
        super().heartbeat(BEAT_LASTS, pipeline=pipeline)

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

    def end(self) -> None:
        """Tell RQ that this worker is gone; when Redis is away, its entry expires by itself."""
        try:
            self._next_beat = 0.0
            self.beat()
            self.unsubscribe()
            self.register_death()
        except redis.RedisError:
            pass
        finally:
            connections.close_all()
            log.info("Worker stopped", action="worker_stopped", worker=self.name)
