"""A job that takes too long fails alone, wherever it hangs; a worker that hangs is replaced."""

import signal
import threading
import time

import pytest

from slimy.jobs.executor import Executor
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from slimy.sql import one
from slimy.time_limits import OutOfTime, within
from tests.conftest import start_worker, stop, wait_until
from tests.zoo.models import Probe

transactional = pytest.mark.django_db(transaction=True)


def overlong(owner, way):
    return add_job("database", "overlong", {"way": way}, owner)


def zoo(owner, how="complete"):
    return add_job("database", "zoo", {"how": how}, owner)


@transactional
@pytest.mark.parametrize("way", ["spin", "sleep", "sql", "patient_sql", "many_statements", "swallow"])
def test_it_fails_the_attempt_and_nobody_else(alice, way):
    good = [zoo(alice)]
    bad = overlong(alice, way)
    good.append(zoo(alice))
    executor = Executor("test", ["database"])
    tally = executor.execute([job.pk for job in [good[0], bad, good[1]]])
    tally += executor.execute(tally.rest)
    assert (tally.completed, tally.retried) == (2, 1)
    assert sorted(Probe.objects.values_list("job_id", flat=True)) == sorted(job.pk for job in good)
    bad.refresh_from_db()
    assert (bad.status, bad.attempts, bad.errors[0]["code"]) == ("queued", 1, "job_timeout")
    assert 1.9 < (bad.available_at - bad.claimed_at).total_seconds() - 1 < 3.5  # it backs off after its second
    assert set(Job.objects.exclude(pk=bad.pk).values_list("attempts", "setbacks", "crashes")) == {(1, 0, 0)}


@transactional
@pytest.mark.parametrize("way", ["in_time", "refuse"])
def test_its_limit_is_no_limit_for_its_neighbours(alice, way):
    jobs = [zoo(alice, "show_limits"), overlong(alice, way), zoo(alice, "show_limits")]
    Executor("test", ["database"]).execute([job.pk for job in jobs])
    limits = Job.objects.filter(type="zoo").values_list("result", flat=True)
    assert list(limits) == [{"all": "30s", "lock": "5s"}] * 2


@transactional
def test_its_statements_have_its_limit_too(alice):
    job = overlong(alice, "show_limits")
    Executor("test", ["database"]).execute([job.pk])
    job.refresh_from_db()
    assert job.result == {"all": "1s", "lock": "1s"}


@transactional
def test_nothing_is_left_running_in_postgresql(alice):
    Executor("test", ["database"]).execute([overlong(alice, "patient_sql").pk])
    running = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE %(it)s AND pid <> pg_backend_pid()"
    wait_until(lambda: not one(running, {"it": "%pg_sleep(60)%"}), seconds=3)


@transactional
def test_the_owner_reads_that_the_time_was_up(alice, api):
    job = overlong(alice, "sql")
    Job.objects.filter(pk=job.pk).update(max_attempts=1)
    Executor("test", ["database"]).execute([job.pk])
    document = api(alice).get(f"/api/chat/db-jobs/{job.pk}").json()
    assert (document["status"], document["errorCode"]) == ("failed", "job_timeout")
    assert document["error"] == "The job took longer than jobs of its type may."


@transactional
@pytest.mark.parametrize("way", ["hold_the_interpreter", "swallow_for_ever"])
def test_a_worker_that_hangs_ends_by_itself_and_its_neighbours_complete(alice, way):
    bad, good = overlong(alice, way), [zoo(alice) for _ in range(3)]
    hung = start_worker(JOBS_SECONDS="1", JOBS_HANG_SECONDS="1", starts_well=False)
    assert hung.wait(20) == 1
    Job.objects.filter(pk=bad.pk).update(payload={"way": "in_time"})
    wait_until(Job.objects.rescue)
    Executor("test", ["database"]).execute([bad.pk, *(job.pk for job in good)])
    bad.refresh_from_db()
    assert (bad.status, bad.crashes, bad.errors[0]["code"]) == ("completed", 1, "worker_crashed")
    assert Probe.objects.count() == 1 + len(good)


@transactional
def test_sigterm_puts_back_what_would_take_too_long(alice):
    bad = zoo(alice, "endless")
    zoo(alice)
    process = start_worker()
    wait_until(lambda: Job.objects.get(pk=bad.pk).status == "active")
    assert stop(process) == 0
    states = Job.objects.values_list("status", "attempts", "setbacks", "crashes", "errors")
    assert list(states) == [("queued", 0, 0, 0, [])] * 2
    assert Probe.objects.count() == 0


def test_other_threads_have_no_limit():
    results = []
    thread = threading.Thread(target=lambda: results.append(within(0.01, lambda: time.sleep(0.05) or "done")))
    thread.start()
    thread.join()
    assert results == ["done"]


def test_the_timer_of_somebody_else_goes_on():
    before = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)[0]
    assert within(5, lambda: "done") == "done"
    with pytest.raises(OutOfTime):
        within(0.05, lambda: time.sleep(5))
    after = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)[0]
    assert after[0] == before[0]
    assert 0 < after[1] <= before[1] or before[1] == after[1] == 0


def test_wherever_it_strikes_it_leaves_nothing_behind():
    def work():
        for _ in range(20):
            sum(range(50))

    before, late = signal.getsignal(signal.SIGALRM), 0
    for number in range(300):
        try:
            within(number / 3_000_000 + 1e-6, work)
        except OutOfTime:
            late += 1
        assert signal.getsignal(signal.SIGALRM) == before
    assert 0 < late < 300
