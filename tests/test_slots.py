"""So many workers may work on a queue, on all machines together; others stand by and take over."""

from contextlib import contextmanager

import psycopg
import pytest
import redis
from django.conf import settings as django_settings
from django.db import InterfaceError, OperationalError, connection

from slimy.jobs.executor import Executor
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from slimy.jobs.slots import Slots, lock_class
from slimy.sql import query
from tests.conftest import start_worker, stop, test_database_url, users_jobs, wait_for_all_jobs, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def zoo(owner, how="complete"):
    return add_job("database", "zoo", {"how": how}, owner)


@contextmanager
def held_elsewhere(queue, number=1):
    """Another machine holds this slot."""
    with psycopg.connect(test_database_url(), autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", [lock_class(queue), number])
        yield
        other.execute("SELECT pg_advisory_unlock_all()")  # a connection that ends leaves its locks a moment later


def slots_of_workers():
    with redis.Redis.from_url(django_settings.REDIS_URL, decode_responses=True) as client:
        return sorted(client.hget(key, "slot") or "" for key in client.smembers("rq:workers"))


@pytest.fixture(autouse=True)
def limits(settings):
    settings.QUEUES = {"database": 2, "audit": 1, "chat": 1}
    yield
    query("SELECT pg_advisory_unlock_all()")
    connection.close()


def test_it_takes_the_next_free_slot_until_none_is_left():
    with held_elsewhere("database"):
        slots = Slots(["database"])
        assert (list(slots), str(slots)) == (["database"], "database:2")
    connection.close()
    with held_elsewhere("database", 1), held_elsewhere("database", 2):
        slots = Slots(["database"])
        assert (list(slots), str(slots)) == ([], "")


def test_a_worker_of_several_queues_takes_only_from_those_it_holds_a_slot_of(alice):
    slots = Slots(["audit", "database"])
    with held_elsewhere("audit"):
        assert (list(slots), str(slots)) == (["database"], "database:1")
        assert Executor("test", slots).execute([zoo(alice).pk]).completed == 1
    slots._next_try = 0
    assert list(slots) == ["audit", "database"]


def test_without_a_slot_nothing_is_claimed(alice):
    job = zoo(alice)
    with held_elsewhere("database", 1), held_elsewhere("database", 2):
        assert Executor("test", Slots(["database"])).execute([job.pk]).dropped == 1
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("queued", 0)


def test_a_lost_connection_is_a_lost_slot_until_it_is_taken_again(alice):
    slots, job = Slots(["database"]), zoo(alice)
    list(slots)
    with pytest.raises((OperationalError, InterfaceError)), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    connection.close()
    with held_elsewhere("database", 1), held_elsewhere("database", 2):
        assert Executor("test", slots).execute([job.pk]).completed == 0
    slots._next_try = 0
    assert Executor("test", slots).execute([job.pk]).completed == 1


def test_a_batch_whose_connection_breaks_goes_on_with_a_slot_of_the_new_one(alice):
    bad, good = zoo(alice, "hang_up"), [zoo(alice) for _ in range(3)]
    slots = Slots(["database"])
    Executor("test", slots).execute([bad.pk, *(job.pk for job in good)])
    assert Job.objects.filter(status="completed").count() == 3
    assert str(slots).startswith("database:")


def test_the_worker_beyond_the_limit_stands_by_and_takes_over_from_one_that_was_killed(alice):
    first = start_worker(JOBS_LIMIT_DATABASE="1")
    second = start_worker(JOBS_LIMIT_DATABASE="1")
    try:
        wait_until(lambda: slots_of_workers() == ["", "database:1"])
        for _ in range(5):
            zoo(alice)
        wait_for_all_jobs()
        assert set(Job.objects.values_list("claimed_by", flat=True)) == {claimant()}
        first.kill()
        first.wait()
        zoo(alice)
        wait_for_all_jobs()
        assert Job.objects.values("claimed_by").distinct().count() == 2
    finally:
        stop(first)
        assert stop(second) == 0


def claimant():
    return Job.objects.order_by("number").first().claimed_by


def test_a_burst_without_a_slot_ends_when_nothing_waits_and_else_waits_its_turn(alice):
    with held_elsewhere("audit"):
        assert start_worker("--burst", queues=("audit",), JOBS_LIMIT_AUDIT="1").wait(20) == 0
    zoo(alice)
    with held_elsewhere("database"):
        burst = start_worker("--burst", JOBS_LIMIT_DATABASE="1")
        wait_until(lambda: slots_of_workers() == [""])
        assert burst.poll() is None
    assert burst.wait(20) == 0
    assert users_jobs().get().status == "completed"
