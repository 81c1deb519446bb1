"""Into the ledger, then ring: `add_job` accepts a job, `ring` tells RQ its id."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import django_rq
import redis
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from rq import Queue

from slimy.exceptions import IdempotencyKeyReused, TooManyOpenJobs
from slimy.jobs import registry
from slimy.jobs.faults import fault
from slimy.jobs.ledger import RING_AGAIN
from slimy.jobs.models import OPEN, Job
from slimy.redis_link import RedisAway, queue_link
from slimy.sql import tx

if TYPE_CHECKING:
    from slimy.accounts.models import User

_RQ_ID = re.compile(rb"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})-[0-9]{1,9}")


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
    owner: User,
    *,
    priority: int = 0,
    delay: float = 0,
    idempotency_key: str | None = None,
    request_id: str = "",
) -> Job:
    """Accept a job: check it as the worker will, write it to the ledger, tell RQ when the transaction commits.

    `data` is the payload in wire names; `delay` is in seconds; with an `idempotency_key` that `owner` used before,
    the job of that time is returned. Raises UnknownJobType, InvalidInput, what the type's `authorise` raises,
    TooManyOpenJobs, IdempotencyKeyReused; ValueError for a queue that isn't the type's.
    """
    job_type = registry.get(type)
    if job_type.queue != queue:
        raise ValueError(f"{type} jobs go to the queue {job_type.queue!r}, not {queue!r}")
    job_type.check(owner, data)
    rings_in = delay or (0 if queue_link().is_down else RING_AGAIN)
    due = {"available_at": Now() + timedelta(seconds=delay)} if delay else {}
    job = Job(
        queue=queue,
        type=type,
        payload=data,
        owner=owner,
        priority=priority,
        idempotency_key=idempotency_key,
        fingerprint=_fingerprint(type, data),
        request_id=request_id,
        ring_at=Now() + timedelta(seconds=rings_in),  # PostgreSQL's clock, the one that claims go by
        deliveries=0 if delay else 1,
        **due,
    )
    return _insert(job)


def _insert(job: Job) -> Job:
    try:
        with tx():
            _refuse_too_many(job)
            job.save(force_insert=True)
            if job.deliveries:
                message = Message(job.pk, job.queue, job.priority, job.deliveries)
                transaction.on_commit(lambda: ring([message]), robust=True)  # Django names it when it fails: no partial
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


def _refuse_too_many(job: Job) -> None:
    limit = settings.JOBS["MAX_OPEN_PER_USER"]
    if Job.objects.filter(owner=job.owner, status__in=OPEN).order_by()[limit - 1 : limit].exists():
        raise TooManyOpenJobs


def _fingerprint(type: str, data: Mapping[str, Any]) -> str:
    canonical = json.dumps([type, data], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def ledger_ids(messages: Iterable[bytes]) -> list[UUID]:
    """The ledger ids that messages carry; whatever doesn't look like one is left out."""
    return [UUID(match[1].decode()) for message in messages if (match := _RQ_ID.fullmatch(message))]


def ring(messages: Iterable[Message]) -> None:
    """Send ids to their queues, one round trip a queue. When Redis can't be reached the ledger rings again later."""
    fault("before_ring")
    by_queue: dict[tuple[str, bool], list[Message]] = {}
    for message in messages:
        by_queue.setdefault((message.queue, message.priority > 0), []).append(message)
    with suppress(RedisAway), queue_link().guard():
        for (name, at_front), some in by_queue.items():
            _queue(name).enqueue_many([_envelope(message, at_front) for message in some])


def redis_answers() -> bool:
    """Whether ringing makes sense now."""
    with suppress(RedisAway), queue_link().guard():
        return bool(_queue(next(iter(settings.QUEUES))).connection.ping())
    return False


def _envelope(message: Message, at_front: bool) -> Any:
    return Queue.prepare_data(
        "slimy.jobs.executor.execute_one",
        args=(str(message.id),),
        job_id=f"{message.id}-{message.deliveries}",  # never reused: RQ keeps stale fields of an id
        result_ttl=0,
        at_front=at_front,
    )


@cache
def _queue(name: str) -> Queue:
    """The queue with short timeouts, so that a request never waits for a Redis that is down."""
    connection = redis.Redis.from_url(settings.REDIS_URL, **settings.REDIS_TIMEOUTS)
    queue: Queue = django_rq.get_queue(name, connection=connection)
    return queue
