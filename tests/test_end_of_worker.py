"""How a worker ends: in good order when told to or when it has lived long enough, with an error when it can't go on."""

import os
import signal
import subprocess
import sys
import time

import pytest

from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from slimy.jobs.recycling import memory
from tests.conftest import ROOT, running_worker, start_worker, wait_for_all_jobs, wait_until, worker_environment
from tests.zoo.models import Probe

pytestmark = pytest.mark.django_db(transaction=True)


def zoo(owner, how="complete"):
    return add_job("database", "zoo", {"how": how}, owner)


def failing(**env):
    """What a worker that can't start says, and its exit code."""
    command = [sys.executable, "manage.py", "rqworker", "database"]
    environment = worker_environment() | env
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False)
    return ended.returncode, ended.stderr


def test_a_group_that_is_told_to_end_twice_at_once_finishes_its_batch(alice):
    job = zoo(alice, "slow")
    process = start_worker()
    wait_until(lambda: Job.objects.get(pk=job.pk).status in ("active", "completed"))
    for _ in range(2):
        os.killpg(process.pid, signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    assert Job.objects.get(pk=job.pk).status == "completed"


def test_after_so_many_jobs_it_ends_in_good_order_and_says_so(alice, tmp_path):
    jobs = [zoo(alice) for _ in range(5)]
    path = tmp_path / "log"
    with path.open("w") as log:
        process = start_worker(JOBS_RECYCLE_AFTER="3", JOBS_BATCH_SIZE="1", log=log)
    assert process.wait(20) == 0
    assert Job.objects.filter(pk__in=[job.pk for job in jobs], status="completed").count() == 3
    assert "lived long enough" in path.read_text()


def test_with_too_much_memory_it_ends_too():
    assert start_worker(JOBS_RECYCLE_MB="1").wait(20) == 0


def test_its_memory_is_measured():
    assert 10 < memory() < 4000


def test_a_pool_replaces_a_worker_that_has_lived_long_enough(alice):
    for _ in range(4):
        zoo(alice)
    command = [sys.executable, "manage.py", "rqworker-pool", "database", "--num-workers", "1"]
    environment = worker_environment() | {"JOBS_RECYCLE_AFTER": "2", "JOBS_BATCH_SIZE": "2"}
    pool = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        wait_for_all_jobs()
        os.killpg(pool.pid, signal.SIGTERM)
        assert pool.wait(12) == 0
    finally:
        if pool.poll() is None:
            os.killpg(pool.pid, signal.SIGKILL)
    assert Probe.objects.count() == 4
    assert Probe.objects.values("note").distinct().count() == 2


def test_a_database_without_the_schema_is_an_error():
    database = worker_environment()["DATABASE_URL"].rpartition("/")[0]
    code, said = failing(DATABASE_URL=f"{database}/postgres")
    assert code == 1
    assert "run manage.py migrate" in said


def test_settings_that_make_no_sense_are_an_error():
    code, said = failing(JOBS_LIMIT_DATABASE="none")
    assert code == 1
    assert "JOBS_LIMIT_DATABASE: must be a whole number" in said


def test_a_redis_that_was_never_there_is_an_error():
    code, said = failing(REDIS_URL="redis://127.0.0.1:1/0")
    assert code == 1
    assert "refused" in said


def test_a_postgresql_that_is_not_there_yet_is_waited_for(alice):
    with running_worker(DATABASE_URL="postgres://nobody@127.0.0.1:1/nothing", LOG_LEVEL="ERROR") as process:
        time.sleep(1.5)
        assert process.poll() is None
