"""What has to be there for requests to be answered: PostgreSQL, our tables, Redis. Each has a second to say so."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass
from functools import cache

import redis
from django.conf import settings
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from slimy.sql import query

SECONDS = 1.0  # for each check
KEPT = 0.5  # seconds that an answer is good for, so that nobody can keep the servers busy with questions


@dataclass(frozen=True)
class Finding:
    """What a check found: `problem` is "" when all is well; `ms` is how long it took, in milliseconds."""

    name: str
    problem: str
    ms: float


def check_database() -> None:
    """A new connection to PostgreSQL answers. Raises django.db.Error."""
    query("SELECT 1")


def check_migrations() -> None:
    """All migrations that this version knows are applied. Raises RuntimeError naming those that aren't."""
    applied = {(row["app"], row["name"]) for row in query("SELECT app, name FROM django_migrations")}
    if missing := sorted(".".join(key) for key in _known() - applied):
        raise RuntimeError(f"{len(missing)} not applied: {', '.join(missing[:5])}")


def check_redis() -> None:
    """Redis takes commands; the queues and the cache, when that is another server. Raises RedisError."""
    for url in dict.fromkeys((settings.REDIS_URL, str(settings.CACHES["default"]["LOCATION"]))):
        limits = {"socket_connect_timeout": SECONDS, "socket_timeout": SECONDS}
        with redis.Redis.from_url(url, **limits) as client:
            client.ping()


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "migrations": check_migrations,
    "redis": check_redis,
}


class Examiner:
    """Carries the checks out, each in a thread of its own, so that one that hangs costs a second and no more.

    A check that still hangs when it is asked again isn't started a second time: it has failed.
    """

    def __init__(self, checks: dict[str, Callable[[], None]]) -> None:
        self._checks = checks
        self._threads = ThreadPoolExecutor(max_workers=len(checks), thread_name_prefix="health")
        self._running: dict[str, Future[Finding]] = {}
        self._latest: list[Finding] = []
        self._until = 0.0

    def __call__(self) -> list[Finding]:
        """What all checks find, within SECONDS."""
        if time.monotonic() >= self._until:
            end = time.monotonic() + SECONDS
            for name, check in self._checks.items():
                if name not in self._running or self._running[name].done():
                    self._running[name] = self._threads.submit(_examine, name, check)
            self._latest = [_within(end, name, self._running[name]) for name in self._checks]
            self._until = time.monotonic() + KEPT
        return self._latest


def _within(end: float, name: str, running: Future[Finding]) -> Finding:
    try:
        return running.result(timeout=max(0.0, end - time.monotonic()))
    except TooSlow:
        return Finding(name, f"no answer within {SECONDS:g} s", SECONDS * 1000)


def _examine(name: str, check: Callable[[], None]) -> Finding:
    began, problem = time.perf_counter(), ""
    try:
        check()
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"[:300]
    finally:
        connections.close_all()  # this thread's own
    seconds = time.perf_counter() - began
    if seconds > SECONDS and not problem:
        problem = f"took {seconds:.1f} s"
    return Finding(name, problem, round(seconds * 1000, 1))


@cache
def _known() -> set[tuple[str, str]]:
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    return set(loader.disk_migrations)
