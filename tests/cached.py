"""The cache in tests: its Redis, a way to it, a key, what readers get, how reads ended."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.conf import settings as django_settings
from django.db import connections
from prometheus_client import REGISTRY

from slimy import cache, generations
from slimy.cache import guild_settings_key, read_through
from slimy.generations import Link

database = pytest.mark.django_db(transaction=True)

KEY = guild_settings_key("123")
GUILD = KEY.subject


@pytest.fixture
def store(empty_redis) -> Iterator[redis.Redis]:
    """The cache's Redis."""
    with redis.Redis.from_url(django_settings.CACHE_URL) as client:
        yield client


@pytest.fixture(autouse=True)
def link(monkeypatch) -> Iterator[Link]:
    """A way to Redis that hasn't failed yet; its thread ends with the test."""
    fresh = Link()
    monkeypatch.setattr(generations, "link", fresh)
    monkeypatch.setattr(cache, "link", fresh)
    yield fresh
    fresh._owed = {}


def read(value=None, key=KEY, ttl=None):
    """What a reader gets where the database holds `value`."""
    return read_through(key, lambda: value, ttl)


def elsewhere(work, *arguments, **named):
    """The result of `work` in another thread, with a database connection of its own."""

    def run():
        try:
            return work(*arguments, **named)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(20)


def outcomes(kind="guild_settings"):
    """How many reads of a kind ended how."""
    names = ("hit", "miss", "stale", "bypass", "down")
    labels = [{"kind": kind, "outcome": outcome} for outcome in names]
    return {each["outcome"]: REGISTRY.get_sample_value("slimy_cache_requests_total", each) or 0 for each in labels}


@pytest.fixture
def counted():
    """`counted()` says how many reads have ended how since the test began."""
    before = outcomes()
    return lambda: {outcome: n - before[outcome] for outcome, n in outcomes().items() if n > before[outcome]}
