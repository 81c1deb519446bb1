"""Reading through the cache: hits, misses, and loading once."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import OperationalError

from slimy import cache
from slimy.accounts.models import User
from slimy.cache import guild_settings_key, invalidate, messages_page_key, read_through, user_key
from slimy.generations import EVERYTHING, name
from slimy.sql import tx
from tests.cached import *  # noqa: F403
from tests.cached import GUILD, KEY, database, elsewhere, read


@database
def test_a_hit_costs_no_statement(alice, django_assert_num_queries, counted):
    def load():
        return User.objects.values("username").get()

    assert read_through(KEY, load) == {"username": "alice"}
    with django_assert_num_queries(0):
        assert read_through(KEY, load) == {"username": "alice"}
    assert counted() == {"miss": 1, "hit": 1}


def test_none_is_a_value():
    assert [read(None), read("later")] == [None, None]


@database
def test_every_path_gives_what_json_gives_back():
    value = {"members": (1, 2), 5: "é\0\ud800"}
    with tx():
        bypassed = read(value)
    assert bypassed == read(value) == read("other") == {"members": [1, 2], "5": "é\0\ud800"}


@pytest.mark.parametrize(("value", "error"), [(UUID(int=1), TypeError), ({1}, TypeError), (float("nan"), ValueError)])
@database
def test_what_json_cant_carry_is_an_error_at_once(value, error, store):
    for _ in range(2):
        with pytest.raises(error):
            read(value)
    with tx(), pytest.raises(error):
        read(value)
    assert not store.exists(name("value", KEY.text), name("lock", KEY.text))


def test_a_value_is_loaded_anew_when_its_time_is_over(counted):
    assert [read(1, ttl=0.1), read(2, ttl=0.1)] == [1, 1]
    time.sleep(0.11)
    assert read(3, ttl=0.1) == 3
    assert counted() == {"miss": 2, "hit": 1}


def test_shortly_before_one_reader_loads_anew_and_the_others_take_what_is_there(counted, monkeypatch):
    monkeypatch.setattr(cache, "FRESH", 0.05)
    read("old", ttl=4)
    time.sleep(0.21)
    loading, go_on = threading.Event(), threading.Event()

    def load():
        loading.set()
        assert go_on.wait(5)
        return "new"

    with ThreadPoolExecutor(1) as pool:
        refreshed = pool.submit(read_through, KEY, load)
        assert loading.wait(5)
        assert read("not asked for") == "old"
        go_on.set()
        assert refreshed.result() == "new"
    assert read("not asked for") == "new"
    assert counted() == {"miss": 2, "stale": 1, "hit": 1}


def test_no_stale_value_is_served_after_an_invalidation(monkeypatch):
    monkeypatch.setattr(cache, "FRESH", 0)
    read("old")
    invalidate(GUILD)
    assert read("new") == "new"


@database
def test_a_transaction_reads_what_it_has_changed_itself(counted):
    read("old")
    with tx():
        assert read("changed, and not yet dropped") == "changed, and not yet dropped"
    assert read() == "old"
    assert counted() == {"miss": 1, "bypass": 1, "hit": 1}


def test_a_value_that_is_too_large_is_not_stored(monkeypatch):
    monkeypatch.setattr(cache, "MAX_BYTES", 10)
    assert [read("x" * 9), read("y")] == ["x" * 9, "y"]


def test_fifty_readers_of_a_cold_key_load_it_once():
    loads, start = [], threading.Barrier(50)

    def load():
        loads.append(1)
        time.sleep(0.1)
        return "value"

    def reader():
        start.wait(10)
        return read_through(KEY, load)

    with ThreadPoolExecutor(50) as pool:
        values = [future.result() for future in [pool.submit(reader) for _ in range(50)]]
    assert values == ["value"] * 50
    assert len(loads) == 1


def test_a_value_that_is_stored_between_looking_and_locking_is_not_loaded_again(monkeypatch):
    def stored(*arguments):
        monkeypatch.undo()
        assert elsewhere(read, "value") == "value"

    monkeypatch.setattr(cache, "_stored", stored)
    assert read("loaded again") == "value"


def test_a_loading_that_fails_holds_nobody_up():
    def fail():
        raise OperationalError

    with pytest.raises(OperationalError):
        read_through(KEY, fail)
    begun = time.monotonic()
    assert read("value") == "value"
    assert time.monotonic() - begun < cache.PATIENCE / 2


def test_a_loader_that_died_holds_nobody_up_for_long(store, monkeypatch):
    monkeypatch.setattr(cache, "PATIENCE", 0.2)
    read("dropped")
    store.set(name("lock", KEY.text), store.get(name("generation", GUILD)), px=5000)
    store.delete(name("value", KEY.text))
    begun = time.monotonic()
    assert read("value") == "value"
    assert 0.2 <= time.monotonic() - begun < 1
    assert read() == "value"


def test_keys_of_different_things_are_different():
    conversations = [UUID(int=1), UUID(int=2)]
    keys = [messages_page_key(id, limit, cursor) for id in conversations for limit in (1, 11) for cursor in (None, 1)]
    keys += [guild_settings_key("1"), cache.guild_analytics_key("1"), user_key(1), cache.user_counts_key(1)]
    clubs = ("club_latest", "club_movers", "club_aggregates", "club_history")
    keys += [
        cache.club_key(kind, guild, *which) for kind in clubs for guild in "12" for which in ((), ("1",), ("1", "2"))
    ]
    assert len({key.text for key in keys}) == len(keys)
    assert {key.subject.partition(":")[0] for key in keys} == cache.SUBJECTS - {EVERYTHING}
    assert {key.kind for key in keys} == set(cache.LIFETIMES)


HOSTILE_IDS = ["", "1\r\nFLUSHALL", '1","2', "1:2", "*", "\0", "é", "\ud800", "x" * 5000, "x" * 5001, "sha256:"]


def test_no_id_collides_or_blows_up():
    for id in HOSTILE_IDS:
        assert read(id, guild_settings_key(id)) == id
    for id in HOSTILE_IDS:
        assert read("not asked for", guild_settings_key(id)) == id
        invalidate(f"guild:{id}")
        assert read("new", guild_settings_key(id)) == "new"


HOSTILE_VALUES = [
    b"",
    b"not JSON",
    b"\xff\xfe",
    b"null",
    b"[]",
    b'["x",9999999999]',
    b'{"0":1}',
    b"[" * 100_000,
    b'[1,"x",3]',
    b"9" * 10_000,
    b"cos\nsystem\n(S'false'\ntR.",
    b'["GENERATION","soon",1]',
    b'["GENERATION",NaN,1]',
    b'["GENERATION",-Infinity,1,1]',
]


@pytest.mark.parametrize("hostile", HOSTILE_VALUES, ids=range(len(HOSTILE_VALUES)))
def test_whatever_lies_in_redis_is_a_miss(hostile, store):
    read("stored")
    generation = json.loads(store.get(name("value", KEY.text)))[0].encode()
    store.set(name("value", KEY.text), hostile.replace(b"GENERATION", generation))
    assert [read("loaded"), read("not asked for")] == ["loaded", "loaded"]


@pytest.mark.parametrize("role", ["value", "generation", "changers", "lock", "everything"])
@database
def test_a_key_of_another_type_is_a_miss(role, store):
    names = {
        "value": name("value", KEY.text),
        "lock": name("lock", KEY.text),
        "everything": name("generation", EVERYTHING),
    }
    for put in (lambda key: store.rpush(key, "x"), lambda key: store.hset(key, "x", "y")):
        store.flushdb()
        put(names.get(role) or name(role, GUILD))
        assert [read(1), read(2)] == [1, 1]
        with tx():
            invalidate(GUILD)
            assert elsewhere(read, 3) == 3
        assert [read(4), read(5)] == [4, 4]
