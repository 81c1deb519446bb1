"""A job that asks somebody slow does so outside any transaction, is asked once more at most, and takes effect once."""

import signal
import threading
import time

import pytest
from django.db import InterfaceError, connection

from slimy.exceptions import SlimyError
from slimy.jobs.executor import Executor
from slimy.jobs.models import Job
from slimy.jobs.outside import ClaimLost, Progress
from slimy.jobs.queue import add_job
from slimy.sql import query
from tests.conftest import start_worker, stop, wait_until
from tests.zoo import outside
from tests.zoo.models import Probe

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asking(monkeypatch):
    """`asking(call)` replaces what the zoo asks by a function."""
    return lambda call: monkeypatch.setitem(outside.WAYS, "answer", call)


def asker(owner, way="answer"):
    return add_job("database", "asker", {"way": way}, owner)


def zoo(owner, how="complete"):
    return add_job("database", "zoo", {"how": how}, owner)


def execute(*jobs):
    return Executor("test", ["database"]).execute([job.pk for job in jobs])


def fresh(job):
    return Job.objects.get(pk=job.pk)


def in_another_session(statement):
    """Run SQL as another worker would."""
    thread = threading.Thread(target=lambda: (query(statement), connection.close()))
    thread.start()
    thread.join()


def test_it_reads_in_a_transaction_asks_in_none_and_records_the_answer(alice):
    job = asker(alice, "transaction")
    assert execute(job).completed == 1
    assert fresh(job).status == "completed"
    assert fresh(job).result == {"answer": "FalseIDLE", "in_transaction": True, "owner": "alice"}
    assert Probe.objects.get().job_id == job.pk


def test_the_time_that_a_transaction_may_idle_does_not_matter(alice):
    job = asker(alice, "limits")
    execute(job)
    assert fresh(job).result["answer"] == "0"


@pytest.mark.parametrize("way", ["sleep", "swallow", "sql"])
def test_when_its_time_is_up_the_attempt_has_failed(alice, way):
    job = add_job("database", "hasty_asker", {"way": way}, alice)
    began = time.monotonic()
    assert execute(job).retried == 1
    assert time.monotonic() - began < 5
    job = fresh(job)
    assert (job.status, job.attempts, job.errors[0]["code"], job.crashes) == ("queued", 1, "job_timeout", 0)
    assert not Probe.objects.exists()


@pytest.mark.parametrize(
    ("way", "status", "attempts", "code"),
    [
        ("refuse", "failed", 1, "permanent_error"),
        ("later", "queued", 0, "retry_later"),
        ("stumble", "queued", 1, "internal_error"),
        ("swallow_in_reading", "queued", 1, "internal_error"),
    ],
)
def test_the_exception_says_what_happens_next(alice, way, status, attempts, code):
    job = asker(alice, way)
    execute(job)
    job = fresh(job)
    assert (job.status, job.attempts, job.errors[-1]["code"]) == (status, attempts, code)
    assert not Probe.objects.exists()


def test_a_batch_does_not_wait_for_it_and_of_many_one_is_taken_at_a_time(alice, asking):
    seen = []
    asking(lambda: seen.append(list(Job.objects.order_by("number").values_list("type", "status"))))
    jobs = [asker(alice), zoo(alice), asker(alice), zoo(alice)]
    tally = execute(*jobs)
    assert (tally.completed, tally.dropped, tally.rest) == (3, 0, [])
    states = [("asker", "active"), ("asker", "queued"), ("zoo", "completed"), ("zoo", "completed")]
    assert [sorted(seen[0])] == [states]
    left = Job.objects.get(status="queued")
    assert (left.type, left.attempts) == ("asker", 0)
    assert [row["id"] for row in Job.objects.take_unrung("database", 9)] == [left.pk]  # its message comes again


def test_while_it_asks_nobody_rescues_it(alice, asking, monkeypatch):
    monkeypatch.setattr("slimy.jobs.ledger.LONGEST_SILENCE", 0)
    rescued = []
    asking(lambda: rescued.extend(Job.objects.rescue()))
    job = asker(alice)
    execute(job)
    assert not rescued
    assert fresh(job).status == "completed"


def test_a_worker_that_is_silent_for_longer_than_it_may_counts_as_dead(alice, asking):
    long_ago = "UPDATE slimy_job SET claimed_at = now() - interval '1 hour', silent_until = now() - interval '1 second'"
    asking(lambda: (query(long_ago), Job.objects.rescue()))
    job = asker(alice)
    tally = execute(job)
    assert (tally.completed, tally.dropped) == (0, 1)
    assert (fresh(job).status, fresh(job).crashes) == ("queued", 1)
    assert not Probe.objects.exists()


def test_its_owner_sees_how_far_it_is_while_it_is_active(alice, api, asking):
    client = api(alice)
    shown = []
    asking(lambda: shown.append(client.get(f"/api/chat/db-jobs/{job.pk}").json()))
    job = asker(alice)
    execute(job)
    assert shown[0]["status"] == "active"
    assert shown[0]["progress"] == {"done": 1, "total": 2, "current": "asking\ufffd"}
    assert "progress" not in client.get(f"/api/chat/db-jobs/{job.pk}").json()


def test_progress_is_bounded_and_written_a_few_times_a_second(alice, asking):
    job = asker(alice)
    claim = Job.objects.claim([job.pk], "test", ["database"], alone=True)
    progress = Progress(claim)
    for number in range(1000):
        progress(number - 5, 10**12, "x" * 1000)
    assert fresh(job).progress == {"done": 0, "total": 2**31 - 1, "current": "x" * 200}


def test_progress_of_a_lost_claim_stops_the_work(alice):
    job = asker(alice)
    claim = Job.objects.claim([job.pk], "test", ["database"], alone=True)
    Job.objects.release(claim.token)
    with pytest.raises(ClaimLost):
        Progress(claim)(1, 2)
    assert fresh(job).progress is None


def test_rights_lost_before_it_asks_are_lost(alice, asking):
    asked = []
    asking(lambda: asked.append(1))
    job = asker(alice)
    type(alice).objects.update(first_name="banned")
    execute(job)
    assert (fresh(job).status, asked) == ("failed", [])


def test_rights_lost_while_it_asks_are_lost_too(alice, asking):
    asking(lambda: in_another_session("UPDATE accounts_user SET is_active = false"))
    job = asker(alice)
    execute(job)
    assert (fresh(job).status, fresh(job).errors[0]["code"]) == ("failed", "owner_gone")
    assert not Probe.objects.exists()


def test_an_aborted_recording_costs_no_second_answer(alice, asking, monkeypatch):
    asked, stumbles = [], [1, 1]
    asking(lambda: asked.append(1) or "forty-two")

    def fault(point):
        if point == "before_commit" and stumbles:
            stumbles.pop()
            raise InterfaceError("the connection is gone")

    monkeypatch.setattr("slimy.jobs.outside.fault", fault)
    job = asker(alice)
    assert execute(job).completed == 1
    assert (asked, Probe.objects.count(), fresh(job).attempts) == ([1], 1, 1)


def test_a_session_lost_while_it_asks_gives_the_job_back_or_keeps_it(alice, work):
    job = asker(alice, "lose_the_session")
    tally = execute(job)
    assert (tally.completed, tally.failed) == (0, 0)
    assert (fresh(job).status, fresh(job).attempts, fresh(job).setbacks) == ("queued", 0, 1)


def test_sigterm_while_it_asks_gives_it_back_within_ten_seconds(alice):
    job = add_job("database", "asker", {"way": "sleep"}, alice)
    process = start_worker()
    wait_until(lambda: fresh(job).progress)
    began = time.monotonic()
    assert stop(process) == 0
    assert time.monotonic() - began < 10
    job = fresh(job)
    assert (job.status, job.attempts, job.setbacks, job.crashes, job.errors) == ("queued", 0, 0, 0, [])


def test_kill_9_while_it_asks_is_rescued_at_once_and_takes_effect_once(alice):
    job = asker(alice, "sleep")
    process = start_worker()
    wait_until(lambda: fresh(job).progress)
    process.send_signal(signal.SIGKILL)
    process.wait()
    Job.objects.filter(pk=job.pk).update(payload={"way": "answer"})
    wait_until(Job.objects.rescue, seconds=3)
    assert (fresh(job).crashes, fresh(job).solo_crashes) == (1, 1)
    execute(job)
    assert fresh(job).status == "completed"
    assert Probe.objects.count() == 1


def test_the_message_of_an_error_is_for_its_owner(alice, api):
    job = asker(alice, "refuse")
    execute(job)
    document = api(alice).get(f"/api/chat/db-jobs/{job.pk}").json()
    assert (document["error"], document["errorCode"]) == ("Ask somebody else.", "permanent_error")
    assert SlimyError.public_text() not in document["error"]
