"""Into the ledger, then ring: `add_job` accepts a job, `ring` tells RQ its id."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any
from uuid import UUID

import redis
from django.conf import settings
from django.db import IntegrityError, transaction

from slimy.combining import Combiner
from slimy.exceptions import IdempotencyKeyReused, TooManyOpenJobs
from slimy.jobs import registry
from slimy.jobs.faults import fault
from slimy.jobs.ledger import RING_AGAIN, Guard
from slimy.jobs.models import Job
from slimy.metrics import jobs as metrics
from slimy.redis_link import RedisAway, queue_link
from slimy.scripts import Line, Script
from slimy.sql import tx

if TYPE_CHECKING:
    from slimy.accounts.models import User

_RQ_ID = re.compile(rb"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})-[0-9]{1,9}")

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))

# KEYS: RQ's names of queues; of each message its queue, and where RQ looks for its job. ARGV, of each message: how to
# put it in, RQ's id of it, the job's id, the queue's name, the time. What is said of the job is what RQ's pages and a
# stock RQ worker need to know; ours reads the id and nothing else. RQ would write the same, but takes longer to do so
# than PostgreSQL to accept the job. Its id is never used again: RQ keeps stale fields of one.
_RING = Script("""
for i = 2, #KEYS, 2 do
    local queue, job, at = KEYS[i], KEYS[i + 1], i / 2 * 5 - 5
    local push, rq_id, id, name, now = unpack(ARGV, at + 1, at + 5)
    redis.call('HSET', job,
        'data', '["slimy.jobs.executor.execute_one", null, ["' .. id .. '"], {}]',
        'description', "slimy.jobs.executor.execute_one('" .. id .. "')",
        'origin', name, 'created_at', now, 'enqueued_at', now,
        'status', 'queued', 'timeout', 60, 'result_ttl', 0)
    redis.call(push, queue, rq_id)
    redis.call('SADD', KEYS[1], queue)
end
""")


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


@cache
def _connection() -> redis.Redis:
    """With short timeouts, so that a request never waits for a Redis that is down."""
    return redis.Redis.from_url(settings.REDIS_URL, **settings.REDIS_TIMEOUTS)


def ring(messages: Iterable[Message]) -> None:
    """Send ids to their queues, in one round trip. When Redis can't be reached the ledger rings again later."""
    fault("before_ring")
    _rung(messages)


def _ring(peals: Sequence[Iterable[Message]]) -> Sequence[None]:
    """Those of several threads."""
    now, keys, arguments = _rq_now(), ["rq:queues"], list[str]()
    for message in chain.from_iterable(peals):
        rq_id = f"{message.id}-{message.deliveries}"
        keys += (f"rq:queue:{message.queue}", f"rq:job:{rq_id}")
        arguments += ("LPUSH" if message.priority > 0 else "RPUSH", rq_id, str(message.id), message.queue, now)
    with suppress(RedisAway), queue_link().guard():
        _line(keys, arguments)
    return [None] * len(peals)


_line = Line(_RING, _connection)
_rung = Combiner(_ring)


def waiting(queue: str, otherwise: int) -> int:
    """How many messages wait in a queue; `otherwise` when Redis doesn't say."""
    with suppress(RedisAway), queue_link().guard():
        return int(_connection().llen(f"rq:queue:{queue}"))
    return otherwise


def _rq_now() -> str:
    """The time as RQ writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
