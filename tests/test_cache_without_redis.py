"""The cache while Redis is away, full or empty: the database serves, and what changed is dropped later."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from slimy import generations, redis_link
from slimy.cache import Key, guild_settings_key, invalidate
from slimy.generations import name
from slimy.sql import tx
from tests.cached import *  # noqa: F403
from tests.cached import GUILD, database, read
from tests.conftest import wait_until


@pytest.fixture
def redis_at(settings):
    """`redis_at(port)` sends the cache to another port, with the timeouts of production; without, back home."""
    home = settings.CACHES["default"]
    options = home["OPTIONS"] | {"SOCKET_CONNECT_TIMEOUT": 0.2, "SOCKET_TIMEOUT": 0.2}

    def move(port=None):
        away = home | {"LOCATION": f"redis://127.0.0.1:{port}/1", "OPTIONS": options}
        settings.CACHES = {"default": away if port else home}

    yield move
    move()


@pytest.fixture
def sockets():
    with ExitStack() as stack:
        yield stack


def closed_port(sockets):
    bound = sockets.enter_context(socket.socket())
    bound.bind(("127.0.0.1", 0))
    return bound.getsockname()[1]


def silent_port(sockets):
    return sockets.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]


@pytest.mark.parametrize("port", [closed_port, silent_port])
@database
def test_without_redis_the_database_serves_at_once_with_one_warning_a_second(port, sockets, redis_at, counted, caplog):
    redis_at(port(sockets))
    away_since = time.monotonic()
    with ThreadPoolExecutor(10) as pool:
        assert [future.result() for future in [pool.submit(read, "value") for _ in range(10)]] == ["value"] * 10
    begun, waits = time.monotonic(), []
    while time.monotonic() - begun < 1.2:
        before = time.monotonic()
        assert read(before) == before
        with tx():
            invalidate(GUILD)
        waits.append(time.monotonic() - before)
        time.sleep(0.005)
    assert list(counted()) == ["down"]
    assert sum(wait > 0.05 for wait in waits) <= 3
    assert max(waits) < 0.5
    warnings = [record for record in caplog.records if "Redis not reached" in record.getMessage()]
    assert 1 <= len(warnings) <= 1 + (time.monotonic() - away_since)


@database
def test_what_changed_while_redis_was_away_is_dropped_when_it_is_back(sockets, redis_at, store):
    read("old")
    redis_at(closed_port(sockets))
    with tx():
        invalidate(GUILD)
    assert read("new") == "new"
    redis_at()
    seen = set()
    wait_until(lambda: seen.add(read("new")) or not generations.link._owed, 4)
    assert seen == {"new"}
    assert read("not asked for") == "new"


def test_nobody_needs_to_read_for_that(sockets, redis_at, store):
    read("old")
    redis_at(closed_port(sockets))
    invalidate(GUILD)
    redis_at()
    wait_until(lambda: not store.exists(name("generation", GUILD)), 4)


@database
def test_a_change_that_redis_hears_the_end_of_only_is_over(sockets, redis_at, link):
    read("old")
    redis_at(closed_port(sockets))
    with tx():
        invalidate(GUILD)
        redis_at()
        redis_link.forget()
    assert read("new") == "new"


def test_who_owes_too_much_drops_everything(sockets, redis_at, store, monkeypatch):
    monkeypatch.setattr(generations, "MOST_OWED", 2)
    keys = [guild_settings_key(str(number)) for number in range(4)]
    for key in keys:
        read("old", key)
    redis_at(closed_port(sockets))
    invalidate(*(key.subject for key in keys[:3]))
    redis_at()
    wait_until(lambda: not generations.link._owed, 4)
    assert [read("new", key) for key in keys] == ["new"] * 4


@database
def test_a_redis_that_is_full_is_no_error(store, link):
    read("old")
    store.config_set("maxmemory", "1")
    try:
        assert read("new", Key("user", "user:5", "five")) == "new"
        redis_link.forget()
        with tx():
            invalidate(GUILD)
    finally:
        store.config_set("maxmemory", "0")
    wait_until(lambda: read("new") == "new", 4)


@database
def test_a_redis_that_lost_its_data_is_a_miss(store):
    read("old")
    with tx():
        invalidate(GUILD)
        store.flushdb()
    assert [read("new"), read("not asked for")] == ["new", "new"]
