"""The workers, as they tell RQ of themselves, and what they do, as the ledger says."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import redis
from django.conf import settings

from slimy.jobs.admin.figures import active
from slimy.redis_link import RedisAway, queue_link

LATE = 15.0  # seconds without a sign of life after which a worker is shown as silent; it beats every 2


@dataclass(frozen=True)
class Worker:
    """One process of `manage.py rqworker`."""

    name: str
    state: str
    queues: str
    slots: str
    born: datetime | None
    seen: datetime | None
    completed: int
    failed: int
    busy: str
    rounds: dict[str, str]

    def silent(self, now: datetime) -> float:
        """Seconds since its last sign of life."""
        return (now - self.seen).total_seconds() if self.seen else float("inf")


def crew() -> list[Worker] | None:
    """All workers that are alive, by name; None when Redis doesn't say."""
    with suppress(RedisAway):
        entries = _entries()
        doing: dict[str, list[str]] = {}
        for row in active():
            doing.setdefault(row["worker"], []).append(f"{row['jobs']:,} × {row['type']}")
        return sorted((_worker(entry, doing) for entry in entries), key=lambda worker: worker.name)
    return None


def _entries() -> list[dict[str, str]]:
    """What workers wrote of themselves; an entry that has expired is one of a worker that died."""
    with queue_link().guard(), _connection().pipeline(transaction=False) as pipeline:
        keys: list[Any] = sorted(_connection().smembers("rq:workers"))
        for key in keys:
            pipeline.hgetall(key)
        found = zip(keys, pipeline.execute(), strict=True)
    entries = [_texts({b"name": key.removeprefix(b"rq:worker:"), **entry}) for key, entry in found if entry]
    return [entry for entry in entries if "death" not in entry]


def _texts(entry: dict[bytes, bytes]) -> dict[str, str]:
    return {name.decode("utf-8", "replace"): value.decode("utf-8", "replace") for name, value in entry.items()}


@cache
def _connection() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, **settings.REDIS_TIMEOUTS)


def _worker(entry: dict[str, str], doing: dict[str, list[str]]) -> Worker:
    name = entry.get("name", "")
    return Worker(
        name=name,
        state=entry.get("state", "?"),
        queues=entry.get("queues", "").replace(",", ", "),
        slots=entry.get("slot", ""),
        born=_time(entry.get("birth", "")),
        seen=_time(entry.get("last_heartbeat", "")),
        completed=_number(entry.get("successful_job_count", "")),
        failed=_number(entry.get("failed_job_count", "")),
        busy=", ".join(doing.get(name, [])),
        rounds={key.removeprefix("round:"): value for key, value in entry.items() if key.startswith("round:")},
    )


def _time(text: str) -> datetime | None:
    with suppress(ValueError):
        at = datetime.fromisoformat(text)
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
