"""The real `manage.py rqworker` process: what it takes, how it stops, what it survives."""

import json
import pickle
import signal
import subprocess
import sys
import time
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone

from chat.models import Conversation, Message
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job, ledger_ids
from tests.conftest import (
    ROOT,
    running_worker,
    start_worker,
    stop,
    wait_for_all_jobs,
    wait_until,
    worker_environment,
)
from tests.zoo.models import Probe

pytestmark = pytest.mark.django_db(transaction=True)

MESSAGE = {"role": "user", "content": "hello"}


def zoo(owner, how="complete", **more):
    return add_job("database", "zoo", {"how": how}, owner, **more)


def conversation_with_messages(owner, count):
    made = add_job("database", "create_conversation", {}, owner)
    for number in range(count):
        message = {"role": "user", "content": str(number)}
        add_job("database", "save_message", {"conversationId": str(made.pk), "message": message}, owner)
    return made.pk


def test_a_worker_killed_in_the_middle_of_200_messages_loses_none_and_doubles_none(alice):
    conversation = conversation_with_messages(alice, 200)
    victim = start_worker(JOBS_BATCH_SIZE="10")
    wait_until(lambda: Job.objects.filter(status="completed").count() >= 20)
    victim.kill()
    victim.wait()
    assert Job.objects.filter(status="completed").count() < 201
    Job.objects.filter(status="queued").update(ring_at=timezone.now())  # don't make the test wait 15 s
    with running_worker():
        wait_for_all_jobs()
    assert Job.objects.filter(status="completed").count() == 201
    contents = list(Message.objects.order_by("position").values_list("content", flat=True))
    assert contents == [str(number) for number in range(200)]
    assert Conversation.objects.get(pk=conversation).message_count == 200


def test_one_process_and_one_connection_serve_1000_jobs(alice):
    for _ in range(1000):
        Job.objects.create(queue="database", type="zoo", payload={"how": "complete"}, owner=alice)
    with running_worker():
        wait_for_all_jobs(60)
    assert Probe.objects.count() == 1000
    assert Probe.objects.values("note").distinct().count() == 1  # backend pid and process id


def test_a_message_that_overtakes_its_conversation_waits_for_it(alice):
    with running_worker():
        made = add_job("database", "create_conversation", {}, alice, delay=1)
        saved = add_job("database", "save_message", {"conversationId": str(made.pk), "message": MESSAGE}, alice)
        wait_for_all_jobs()
    saved.refresh_from_db()
    assert (saved.status, saved.attempts, saved.setbacks > 0) == ("completed", 1, True)


def test_a_failed_attempt_is_tried_again_by_the_plain_command_alone(alice):
    job = zoo(alice, "python_error")
    with running_worker():
        wait_until(lambda: Job.objects.get(pk=job.pk).attempts == 2, seconds=10)
    job.refresh_from_db()
    assert job.errors[0]["type"] == "ValueError"


def test_jobs_that_kill_the_process_fail_alone_be_they_first_or_last(alice):
    first = zoo(alice, "crash")
    good = [zoo(alice) for _ in range(10)]
    last = zoo(alice, "crash")
    pool = start_pool("--num-workers", "1")  # it replaces workers that died
    try:
        wait_for_all_jobs(80)
    finally:
        stop(pool)
    for bad in (first, last):
        bad.refresh_from_db()
        assert (bad.status, bad.errors[-1]["code"], bad.solo_crashes) == ("failed", "worker_crashed", 3)
    assert Job.objects.filter(pk__in=[job.pk for job in good], status="completed").count() == 10
    assert Probe.objects.count() == 10


def test_forged_and_garbled_messages_are_dropped_and_counted(alice, empty_redis, tmp_path):
    trap = tmp_path / "executed"
    forged_id = f"{uuid4()}-1"
    call = json.dumps(["subprocess.check_output", None, [["touch", str(trap)]], {}])
    empty_redis.hset(f"rq:job:{forged_id}", mapping={"data": call, "origin": "database", "status": "queued"})
    empty_redis.hset("rq:job:evil", mapping={"data": pickle.dumps(call), "origin": "database"})
    empty_redis.rpush("rq:queue:database", forged_id, "evil", b"\xff\x00", "x" * 100_000, "", f"{uuid4()}-999999999999")
    with running_worker() as process:
        job = zoo(alice)
        wait_for_all_jobs()
        (key,) = empty_redis.smembers("rq:workers")
        wait_until(lambda: int(empty_redis.hget(key, "dropped_message_count") or 0) == 6)
        assert process.poll() is None
    job.refresh_from_db()
    assert job.status == "completed"
    assert not trap.exists()
    assert empty_redis.llen("rq:queue:database") == 0


def test_a_queue_key_of_the_wrong_kind_does_not_stop_the_worker(alice, empty_redis):
    empty_redis.set("rq:queue:database", "not a list")
    with running_worker() as process:
        time.sleep(1)
        assert process.poll() is None
        empty_redis.delete("rq:queue:database")
        zoo(alice)
        wait_for_all_jobs()


def test_only_canonical_ledger_ids_are_read_from_messages():
    id = uuid4()
    assert ledger_ids([f"{id}-1".encode(), str(id).encode(), f"{id}-1 ".encode(), f"{{{id}}}-1".encode()]) == [id]


def test_all_accepted_jobs_complete_after_redis_was_wiped(alice, empty_redis):
    for _ in range(50):
        zoo(alice)
    empty_redis.flushdb()
    Job.objects.update(ring_at=timezone.now())  # don't make the test wait 15 s
    with running_worker():
        wait_for_all_jobs()
    assert Probe.objects.count() == 50


def test_redis_wiped_under_a_running_worker_leaves_it_registered_and_working(alice, empty_redis):
    with running_worker():
        empty_redis.flushdb()
        wait_until(lambda: empty_redis.smembers("rq:workers"), seconds=10)
        zoo(alice)
        wait_for_all_jobs()


def test_sigterm_ends_the_worker_with_exit_code_0_and_unregisters_it(alice, empty_redis):
    process = start_worker()
    assert empty_redis.scard("rq:workers") == 1
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert time.monotonic() - started < 5
    assert empty_redis.scard("rq:workers") == 0


def test_sigterm_lets_the_running_batch_finish(alice):
    job = zoo(alice, "sleep")
    process = start_worker()
    wait_until(lambda: Job.objects.get(pk=job.pk).status == "active")
    assert stop(process) == 0
    job.refresh_from_db()
    assert job.status == "completed"


def test_a_second_signal_ends_it_at_once_and_loses_nothing(alice):
    job = zoo(alice, "sleep")
    process = start_worker()
    wait_until(lambda: Job.objects.get(pk=job.pk).status == "active")
    process.send_signal(signal.SIGTERM)
    time.sleep(1.2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(2) == 1
    assert Probe.objects.count() == 0
    Job.objects.filter(pk=job.pk).update(payload={"how": "complete"})
    with running_worker():
        wait_for_all_jobs()
    assert Probe.objects.count() == 1


def test_burst_does_what_waits_and_ends(alice):
    for _ in range(60):
        zoo(alice)
    assert start_worker("--burst").wait(20) == 0
    assert Probe.objects.count() == 60


def test_max_idle_time_and_max_jobs_end_the_worker(alice):
    assert start_worker("--max-idle-time", "1").wait(10) == 0
    zoo(alice)
    assert start_worker("--max-jobs", "1").wait(10) == 0


def test_a_suspended_worker_takes_nothing_until_it_is_resumed(alice, capsys):
    with running_worker("--name", "sleepy", JOBS_SECONDS="1", JOBS_HANG_SECONDS="1"):
        call_command("rqsuspend")
        time.sleep(4)  # a worker looks once a second, and one that shows no life ends itself after 2.1 s
        job = zoo(alice)
        time.sleep(1)
        assert Job.objects.get(pk=job.pk).status == "queued"
        call_command("rqresume")
        wait_for_all_jobs()


def test_rqstats_tells_the_truth_about_workers(alice, capsys):
    with running_worker("--name", "counted"):
        zoo(alice)
        wait_for_all_jobs()
        call_command("rqstats", json=True)
        stats = {queue["name"]: queue for queue in json.loads(capsys.readouterr().out)["queues"]}
        assert (stats["database"]["workers"], stats["database"]["jobs"], stats["audit"]["workers"]) == (1, 0, 0)


def test_a_pool_of_workers_shares_the_work(alice):
    for _ in range(200):
        zoo(alice)
    assert start_pool("--num-workers", "2", "--burst").wait(40) == 0
    assert Probe.objects.count() == 200


def test_it_waits_for_a_postgresql_that_hangs_up(alice):
    from django.db import connection

    with running_worker() as process:
        zoo(alice)
        wait_for_all_jobs()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        zoo(alice)
        wait_for_all_jobs(20)
        assert process.poll() is None


def test_a_queue_that_no_job_comes_to_is_refused():
    command = [sys.executable, "manage.py", "rqworker"]
    worker = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert worker.returncode == 1
    assert "name at least one of: database, audit, chat" in worker.stderr


def start_pool(*arguments):
    return subprocess.Popen(
        [sys.executable, "manage.py", "rqworker-pool", "database", *arguments],
        cwd=ROOT,
        env=worker_environment(),
        start_new_session=True,
    )
