"""The chaos suite itself: a short run of it, what it leaves behind, and that no broken invariant escapes it."""

import signal
import subprocess
import sys
from uuid import uuid4

import psutil
import pytest

from chat.models import Conversation, Message
from slimy.jobs.models import Job
from tests.chaos import invariants
from tests.chaos.acceptance import AcceptanceLog, Accepted
from tests.chaos.poller import Poller
from tests.conftest import ROOT, wait_until
from tests.zoo.models import Probe

SUITE = [sys.executable, "-m", "tests.chaos", "--only"]


def test_workers_killed_before_a_commit_and_rows_that_make_no_sense_break_no_invariant():
    done = subprocess.run(
        [*SUITE, "kill_before_commit", "strange_rows"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every invariant holds" in done.stdout


def test_ctrl_c_leaves_no_process_behind():
    suite = subprocess.Popen([*SUITE, "stalled"], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    started = set()

    def workers_run():
        started.update(psutil.Process(suite.pid).children(recursive=True))
        return any("rqworker" in " ".join(_command(process)) for process in started)

    wait_until(workers_run, 30)
    suite.send_signal(signal.SIGINT)
    assert suite.wait(30) == 130
    assert not [process for process in started if process.is_running()]
    suite.stdout.close()


def _command(process):
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


@pytest.fixture
def log():
    return AcceptanceLog()


@pytest.fixture
def promised(alice, log):
    """`promised(status)` is a job that was promised to complete, and the log says so."""

    def promise(status="completed", type="zoo", attempts=1, **line):
        state = {"active": {"claim": uuid4()}, "queued": {}}.get(status, {"finished_at": "2026-01-01T00:00Z"})
        job = Job.objects.create(
            queue="database", type=type, payload={}, owner=alice, status=status, attempts=attempts, **state
        )
        log.add([Accepted(job.pk, "alice", type, **line)])
        return job

    return promise


def broken(log):
    return {(violation.invariant, *violation.ids) for violation in invariants.broken(log)}


def test_a_completed_job_with_its_effect_is_as_promised(log, promised):
    Probe.objects.create(job_id=promised().pk)
    assert broken(log) == set()


def test_an_accepted_job_that_is_not_in_the_ledger_is_noticed(db, log):
    lost = uuid4()
    log.add([Accepted(lost, "alice", "zoo")])
    assert broken(log) == {("I1", lost)}


@pytest.mark.parametrize(("status", "attempts"), [("queued", 0), ("active", 1)])
def test_a_job_that_has_not_ended_is_noticed(log, promised, status, attempts):
    job = promised(status, attempts=attempts)
    assert broken(log) == {("I1", job.pk)}


def test_an_effect_that_happened_twice_is_noticed(log, promised):
    job = promised()
    Probe.objects.bulk_create([Probe(job_id=job.pk), Probe(job_id=job.pk)])
    assert broken(log) == {("I2", job.pk)}


def test_a_completed_job_without_effect_is_noticed(log, promised):
    job = promised()
    assert broken(log) == {("I3", job.pk)}


def test_an_effect_of_a_failed_job_is_noticed(log, promised):
    job = promised("failed", expected="failed", neighbour=False)
    Probe.objects.create(job_id=job.pk)
    assert broken(log) == {("I3", job.pk)}


def test_a_neighbour_that_failed_or_needed_two_attempts_is_noticed(log, promised):
    failed, late = promised("failed"), promised(attempts=2)
    Probe.objects.create(job_id=late.pk)
    assert broken(log) == {("I4", failed.pk), ("I4", late.pk)}


def test_messages_in_another_order_than_accepted_and_a_wrong_count_are_noticed(log, promised, alice):
    talk = Conversation.objects.create(id=promised(type="create_conversation").pk, owner=alice, message_count=7)
    for place in (2, 1):
        job = promised(type="save_message", talk=talk.pk, place=place)
        Message.objects.create(id=job.pk, conversation=talk, position=job.number, role="user", content="hi")
    assert broken(log) == {("I2", talk.pk), ("I6", job.pk)}


def test_a_status_that_goes_back_or_differs_from_the_ledger_is_noticed(log):
    poller, back, untrue = Poller(None, None, log), uuid4(), uuid4()
    poller.told.update({back: ["queued", "completed", "active", "completed"], untrue: ["active", "completed"]})
    violations = poller.violations({back: "completed", untrue: "failed"})
    assert {(violation.invariant, *violation.ids) for violation in violations} == {("I5", back), ("I5", untrue)}
