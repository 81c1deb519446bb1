"""The read-through cache: after a commit the next read is new, and Redis may fail as it likes."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from random import Random
from uuid import UUID

import pytest
import redis
from django.conf import settings as django_settings
from django.db import OperationalError, connection, connections
from django.db.transaction import TransactionManagementError
from prometheus_client import REGISTRY

from slimy import cache, generations, redis_link
from slimy.accounts.models import User
from slimy.cache import (
    Key,
    guild_settings_key,
    invalidate,
    invalidate_together,
    messages_page_key,
    read_through,
    user_key,
)
from slimy.generations import EVERYTHING, Link, name
from slimy.jobs.queue import add_job
from slimy.sql import one, query, tx
from tests.conftest import ROOT, wait_until, worker_environment
from tests.zoo.jobs import BEHAVIOURS

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


# --- Two processes: the promise itself ------------------------------------------------------------
READER = """
import django, json, sys, time
django.setup()
from slimy.cache import read_through, user_key
from slimy.sql import one
pk, seconds = int(sys.argv[1]), float(sys.argv[2])
loads = 0
def truth():
    return one("SELECT first_name::int AS n FROM accounts_user WHERE id = %s", [pk])["n"]
def load():
    global loads
    loads += 1
    return truth()
truth()
print("ready", flush=True)
until, reads, wrong = time.monotonic() + seconds, 0, []
while time.monotonic() < until:
    committed = truth()
    for _ in range(3):
        least, got = committed, read_through(user_key(pk), load)
        committed = truth()
        reads += 1
        if not least <= got <= committed:
            wrong.append([least, got, committed])
print(json.dumps({"reads": reads, "loads": loads, "wrong": wrong[:5]}))
"""


def run_python(script, *arguments) -> subprocess.Popen:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, env=worker_environment(), stdout=subprocess.PIPE, text=True)


def change(pk, until, seed):
    """Count up in transactions, and try what else transactions do; returns how many were committed."""
    random, committed = Random(seed), 0
    while time.monotonic() < until:
        with suppress(ZeroDivisionError), tx():
            with suppress(ZeroDivisionError), tx():
                invalidate(f"user:{pk}")
                query("UPDATE accounts_user SET first_name = '1000000' WHERE id = %s", [pk])
                raise ZeroDivisionError
            early = random.random() < 0.5
            if early:
                invalidate(f"user:{pk}")
            query("UPDATE accounts_user SET first_name = first_name::int + 1 WHERE id = %s", [pk])
            if not early:
                invalidate(f"user:{pk}")
            if random.random() < 0.2:
                raise ZeroDivisionError
            committed += 1
        time.sleep(random.choice((0, 0.001, 0.01, 0.02)))
    return committed


@database
def test_no_read_after_a_commit_is_old_and_none_is_of_an_uncommitted_change(alice):
    User.objects.update(first_name="0")
    reader = run_python(READER, alice.pk, 1.5)
    assert reader.stdout.readline() == "ready\n"
    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(elsewhere, change, alice.pk, time.monotonic() + 1.5, seed) for seed in range(2)]
        committed = sum(writer.result() for writer in writers)
    report = json.loads(reader.communicate(timeout=10)[0])
    alice.refresh_from_db()
    assert alice.first_name == str(committed)
    assert report["wrong"] == []
    assert report["loads"] < report["reads"]  # some came from the cache
    assert committed > 20


DYING_WRITER = """
import django, os, sys
django.setup()
from django.db import connection
from slimy import generations
from slimy.cache import invalidate
from slimy.sql import query, tx
generations.LEASE = 0.5
connection.run_and_clear_commit_hooks = lambda: os._exit(7)
with tx():
    query("UPDATE accounts_user SET first_name = 'new' WHERE id = %s", sys.argv[1:])
    invalidate(f"user:{sys.argv[1]}")
"""


@database
def test_a_writer_that_dies_right_after_its_commit_hides_nothing(alice, store):
    def name_in_database():
        return User.objects.get().first_name

    key = user_key(alice.pk)
    assert [read_through(key, name_in_database) for _ in range(2)] == ["", ""]
    assert run_python(DYING_WRITER, alice.pk).wait(20) == 7
    assert read_through(key, name_in_database) == "new"
    wait_until(lambda: not store.exists(name("generation", key.subject)), 3)  # the lease has run out
    assert [read_through(key, name_in_database), read_through(key, lambda: "from the database")] == ["new", "new"]


# --- Reading --------------------------------------------------------------------------------------
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


# --- Changing -------------------------------------------------------------------------------------
def is_busy(store, subject=GUILD):
    return store.get(name("generation", subject)) == generations.BUSY


@database
def test_while_a_change_is_not_committed_readers_ask_the_database(store, counted):
    read("old")
    with tx():
        invalidate(GUILD)
        assert [elsewhere(read, value) for value in ("old", "old again")] == ["old", "old again"]
    assert [read("new"), read("not asked for")] == ["new", "new"]
    assert counted() == {"miss": 2, "bypass": 2, "hit": 1}


@database
def test_a_value_that_was_loaded_before_the_change_and_stored_after_it_is_not_used():
    def load():
        def change():
            with tx():
                invalidate(GUILD)

        elsewhere(change)
        return "old"

    assert read_through(KEY, load) == "old"
    assert [read("new"), read("not asked for")] == ["new", "new"]


def test_a_change_drops_only_what_depends_on_it():
    for number in (1, 2):
        read(f"old {number}", guild_settings_key(str(number)))
    invalidate("guild:1")
    assert [read("new", guild_settings_key(str(number))) for number in (1, 2)] == ["new", "old 2"]


def test_a_change_drops_all_pages_of_a_conversation():
    first, second = (messages_page_key(UUID(int=1), 50, cursor) for cursor in (None, 2))
    assert [read("old", first), read("old", second)] == ["old", "old"]
    invalidate(first.subject)
    assert [read("new", first), read("new", second)] == ["new", "new"]


@database
def test_everything_can_be_dropped():
    read("old")
    with tx():
        invalidate(EVERYTHING)
        assert elsewhere(read, "not yet new") == "not yet new"
    assert [read("new"), read("not asked for")] == ["new", "new"]


def test_an_unknown_sort_of_subject_is_an_error():
    with pytest.raises(ValueError, match="guilds:1"):
        invalidate("guild:1", "guilds:1")


@database
def test_a_rolled_back_change_is_over_at_once(store):
    read("old")
    with suppress(ZeroDivisionError), tx():
        invalidate(GUILD)
        assert is_busy(store)
        raise ZeroDivisionError
    assert not store.exists(name("generation", GUILD), name("changers", GUILD))
    assert [read("old"), read("not asked for")] == ["old", "old"]


@database
def test_a_change_whose_savepoint_was_rolled_back_is_over_with_the_transaction(store):
    with tx():
        with suppress(ZeroDivisionError), tx():
            invalidate(GUILD)
            raise ZeroDivisionError
        assert is_busy(store)
    assert not store.exists(name("generation", GUILD), name("changers", GUILD))


@database
def test_a_change_after_a_rolled_back_savepoint_is_not_lost(store):
    with tx():
        with suppress(ZeroDivisionError), tx():
            invalidate(GUILD)
            raise ZeroDivisionError
        elsewhere(read, "old")
        with tx():
            invalidate(GUILD)
    assert [read("new"), read("not asked for")] == ["new", "new"]


@database
def test_jobs_of_a_batch_change_what_readers_see(alice, work, store, monkeypatch):
    def change_and_fail():
        invalidate(GUILD, "guild:failed")
        raise ZeroDivisionError

    seen = []
    monkeypatch.setitem(BEHAVIOURS, "python_error", change_and_fail)
    monkeypatch.setitem(BEHAVIOURS, "complete", lambda: invalidate(GUILD))
    monkeypatch.setitem(BEHAVIOURS, "no_result", lambda: seen.append(elsewhere(read, "old")))
    read("old")
    for how in ("python_error", "complete", "no_result"):
        add_job("database", "zoo", {"how": how}, alice)
    tally = work()
    assert (tally.completed, tally.retried, seen) == (2, 1, ["old"])  # as committed: the batch marks at its end
    assert [read("new"), read("not asked for")] == ["new", "new"]
    assert not store.exists(name("generation", "guild:failed"), name("changers", "guild:failed"))


@database
def test_of_two_changers_the_first_to_commit_does_not_end_the_seconds_change(store):
    begun, go_on = threading.Event(), threading.Event()

    def second():
        with tx():
            invalidate(GUILD)
            begun.set()
            assert go_on.wait(5)

    with ThreadPoolExecutor(1) as pool:
        with tx():
            invalidate(GUILD)
            other = pool.submit(elsewhere, second)
            assert begun.wait(5)
        assert is_busy(store)
        invalidate(GUILD)
        assert [read("old"), read("still asked for")] == ["old", "still asked for"]
        go_on.set()
        other.result()
    assert [read("new"), read("not asked for")] == ["new", "new"]


@database
def test_a_changer_that_died_is_forgotten_however_many_follow(store, monkeypatch):
    monkeypatch.setattr(generations, "LEASE", 0.2)
    with store.client() as client:
        generations._change(client, {GUILD: "died"}, 0.2)
    until = time.monotonic() + 0.4
    while time.monotonic() < until:
        with tx():
            invalidate(GUILD)
            time.sleep(0.02)
    assert not is_busy(store)


@database
def test_a_transaction_longer_than_the_lease_still_drops(store, monkeypatch):
    monkeypatch.setattr(generations, "LEASE", 0.1)
    with tx():
        invalidate(GUILD)
        time.sleep(0.12)
        assert [elsewhere(read, value) for value in ("old", "not asked for")] == ["old", "old"]
        invalidate(GUILD)
        assert is_busy(store)
        time.sleep(0.12)
        assert elsewhere(read, "old") == "old"
    assert read("new") == "new"


@database
def test_where_the_connection_broke_the_change_may_yet_commit_and_only_the_lease_ends_it(store):
    def change_and_break():
        with tx():
            invalidate(GUILD)
            query("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(OperationalError):
        change_and_break()
    connection.close()
    assert is_busy(store)
    assert 0 < store.pttl(name("generation", GUILD)) <= 30_000
    assert one("SELECT 1 AS one") == {"one": 1}


@database
def test_a_hook_that_fails_or_changes_something_itself_disturbs_nothing(store):
    def hook():
        assert not is_busy(store)
        invalidate("guild:2")
        raise ZeroDivisionError

    read("old", guild_settings_key("2"))
    with suppress(ZeroDivisionError), tx():
        connection.on_commit(hook)
        invalidate(GUILD)
    assert not is_busy(store)
    assert read("new", guild_settings_key("2")) == "new"


def scripts(store):
    return store.info("commandstats").get("cmdstat_eval", {"calls": 0})["calls"]


@database
def test_a_transaction_with_many_changes_tells_redis_once_a_subject_and_once_at_its_end(store):
    before = scripts(store)
    with tx():
        for number in range(30):
            invalidate(f"guild:{number % 3}")
        assert scripts(store) - before == 3
        invalidate(*(f"guild:{number}" for number in range(1000)))
        assert scripts(store) - before == 4
    assert scripts(store) - before == 5
    assert not store.keys("slimy:cache:*")


@database
def test_a_block_tells_redis_once_even_if_a_part_of_it_fails(store):
    read("old")
    with tx():
        before = scripts(store)
        with suppress(ZeroDivisionError), invalidate_together():
            for number in range(30):
                with tx(), invalidate_together():
                    invalidate(f"guild:{number}", GUILD)
            assert not is_busy(store)
            raise ZeroDivisionError
        assert is_busy(store)
        assert scripts(store) - before == 1
    assert not is_busy(store)
    assert [read("new"), read("not asked for")] == ["new", "new"]
    with pytest.raises(TransactionManagementError):
        invalidate_together()


@database
def test_such_a_block_that_is_rolled_back_is_over_at_once(store):
    with suppress(ZeroDivisionError), tx(), invalidate_together():
        invalidate(GUILD)
        raise ZeroDivisionError
    assert not store.exists(name("generation", GUILD), name("changers", GUILD))


# --- Without Redis --------------------------------------------------------------------------------
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
