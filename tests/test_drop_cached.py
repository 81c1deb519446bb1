"""Changing what is cached: after the commit no read is old, and a rollback costs nothing."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import UUID

import pytest
from django.db import OperationalError, connection
from django.db.transaction import TransactionManagementError

from slimy import generations
from slimy.cache import guild_settings_key, invalidate, invalidate_together, messages_page_key, read_through
from slimy.generations import EVERYTHING, name
from slimy.jobs.queue import add_job
from slimy.sql import one, query, tx
from tests.cached import *  # noqa: F403
from tests.cached import GUILD, KEY, database, elsewhere, read
from tests.zoo.jobs import BEHAVIOURS


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
    """How many scripts have run; a digest that the server didn't know ran none."""
    stats = [store.info("commandstats").get(f"cmdstat_{name}", {}) for name in ("eval", "evalsha")]
    return sum(each.get("calls", 0) - each.get("failed_calls", 0) for each in stats)


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
