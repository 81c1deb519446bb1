"""Into the ledger, then ring: `add_job` accepts a job, `ring` tells RQ its id."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import redis
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from rq.utils import utcformat

from slimy.exceptions import IdempotencyKeyReused, TooManyOpenJobs
from slimy.jobs import registry
from slimy.jobs.faults import fault
from slimy.jobs.ledger import RING_AGAIN, Guard
from slimy.jobs.models import Job
from slimy.metrics import jobs as metrics
from slimy.redis_link import RedisAway, queue_link
from slimy.sql import tx

if TYPE_CHECKING:
    from slimy.accounts.models import User

_RQ_ID = re.compile(rb"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})-[0-9]{1,9}")

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))

_FUNCTION = "slimy.jobs.executor.execute_one"


@dataclass(frozen=True)
class Message:
    """What goes to Redis: the id of a job, and how often it has been sent."""

    id: UUID
    queue: str
    priority: int
    deliveries: int


def add_job(
    queue: str,
    type: str,
    data: Mapping[str, Any],
    owner: User | None,
    *,
    priority: int = 0,
    delay: float = 0,
    idempotency_key: str | None = None,
    request_id: str = "",
) -> Job:
    """Accept a job: check it as the worker will, write it to the ledger, tell RQ when the transaction commits.

    `data` is the payload in wire names; `delay` is in seconds; with an `idempotency_key` that `owner` used before,
    the job of that time is returned. Without an owner it is the system's own.
    Raises UnknownJobType, InvalidInput, what the type's `authorise` raises, TooManyOpenJobs, IdempotencyKeyReused;
    ValueError for a queue that isn't the type's.
    """
    job_type = registry.get(type)
    if job_type.queue != queue:
        raise ValueError(f"{type} jobs go to the queue {job_type.queue!r}, not {queue!r}")
    checked = job_type.read(owner, data)
    guard = job_type.guard(data)
    if guard is None:
        job_type.allow(owner, checked)
    rings_in = delay or (0 if queue_link().is_down else RING_AGAIN)
    job = Job.new(
        owner,
        queue=queue,
        type=type,
        payload=data,
        priority=priority,
        idempotency_key=idempotency_key,
        fingerprint=_fingerprint(type, data),
        request_id=request_id,
        deliveries=0 if delay else 1,
    )
    accepted = _insert(job, delay, rings_in, guard)
    if accepted is None:
        job_type.allow(owner, checked)
        raise TooManyOpenJobs
    return accepted


def _insert(job: Job, delay: float, rings_in: float, guard: Guard | None) -> Job | None:
    try:
        with tx() if job.idempotency_key else nullcontext():  # a duplicate must not spoil the transaction around us
            if not Job.objects.accept(job, delay, rings_in, settings.JOBS["MAX_OPEN_PER_USER"], guard):
                return None
            if job.deliveries:
                message = Message(job.pk, job.queue, job.priority, job.deliveries)
                transaction.on_commit(lambda: ring([message]), robust=True)  # Django names it when it fails: no partial
            transaction.on_commit(lambda: metrics.accepted(job), robust=True)
    except IntegrityError as error:
        if job.idempotency_key is None or "job_idempotency_key" not in str(error):
            raise
        return _accepted_before(job)
    return job


def _accepted_before(job: Job) -> Job:
    before = Job.objects.get(owner=job.owner, idempotency_key=job.idempotency_key)
    if before.fingerprint != job.fingerprint:
        raise IdempotencyKeyReused
    return before


def _fingerprint(type: str, data: Mapping[str, Any]) -> str:
    return hashlib.sha256(_CANONICAL.encode([type, data]).encode()).hexdigest()


def ledger_ids(messages: Iterable[bytes]) -> list[UUID]:
    """The ledger ids that messages carry; whatever doesn't look like one is left out."""
    return [UUID(match[1].decode()) for message in messages if (match := _RQ_ID.fullmatch(message))]


def ring(messages: Iterable[Message]) -> None:
    """Send ids to their queues, in one round trip. When Redis can't be reached the ledger rings again later."""
    fault("before_ring")
    with suppress(RedisAway), queue_link().guard(), _connection().pipeline(transaction=False) as pipeline:
        for message in messages:
            key, rq_id = f"rq:queue:{message.queue}", f"{message.id}-{message.deliveries}"
            pipeline.hset(f"rq:job:{rq_id}", mapping=_envelope(message))
            (pipeline.lpush if message.priority > 0 else pipeline.rpush)(key, rq_id)
            pipeline.sadd("rq:queues", key)
        pipeline.execute()


def waiting(queue: str, otherwise: int) -> int:
    """How many messages wait in a queue; `otherwise` when Redis doesn't say."""
    with suppress(RedisAway), queue_link().guard():
        return int(_connection().llen(f"rq:queue:{queue}"))
    return otherwise


def _envelope(message: Message) -> dict[Any, Any]:
    """What RQ's pages and a stock RQ worker need to know; ours reads the id and nothing else.

    RQ would write the same, but takes longer to do so than PostgreSQL to accept the job. The id is never used
    again: RQ keeps stale fields of one.
    """
    now = utcformat(timezone.now())
    return {
        "data": json.dumps([_FUNCTION, None, [str(message.id)], {}]),
        "description": f"{_FUNCTION}('{message.id}')",
        "origin": message.queue,
        "created_at": now,
        "enqueued_at": now,
        "status": "queued",
        "timeout": 60,
        "result_ttl": 0,
    }


@cache
def _connection() -> redis.Redis:
    """With short timeouts, so that a request never waits for a Redis that is down."""
    return redis.Redis.from_url(settings.REDIS_URL, **settings.REDIS_TIMEOUTS)
