"""The verbs of the ledger: compare-and-set, and a schema that refuses the impossible."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from slimy.jobs.models import Job
from slimy.jobs.queue import add_job

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job(alice):
    return add_job("database", "zoo", {"how": "complete"}, alice)


def claim(job, worker="w"):
    return Job.objects.claim([job.pk], worker, ["database"], alone=True)


def test_only_one_worker_can_claim_a_job(job):
    assert claim(job)
    assert claim(job) is None


def test_a_job_that_is_not_due_cannot_be_claimed(alice):
    job = add_job("database", "zoo", {"how": "complete"}, alice, delay=60)
    assert claim(job) is None


def test_a_web_server_whose_clock_is_wrong_delays_nothing(alice, monkeypatch):
    wrong = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr(timezone, "now", lambda: wrong)
    job = add_job("database", "zoo", {"how": "complete"}, alice)
    assert claim(job)
    job.refresh_from_db()
    assert 14 < (job.ring_at - job.available_at).total_seconds() < 16
    assert job.available_at < wrong - timedelta(minutes=59)


def test_a_job_for_the_front_of_the_queue_is_delivered_first(alice, empty_redis):
    jobs = [add_job("database", "zoo", {"how": "complete"}, alice, priority=priority) for priority in (0, 1)]
    assert [id[:36].decode() for id in empty_redis.lrange("rq:queue:database", 0, -1)] == [
        str(jobs[1].pk),
        str(jobs[0].pk),
    ]


def test_a_cancelled_job_cannot_be_claimed(job):
    assert Job.objects.cancel(job.pk)
    assert claim(job) is None
    assert not Job.objects.cancel(job.pk)


def test_an_active_job_cannot_be_cancelled(job):
    claim(job)
    assert not Job.objects.cancel(job.pk)


def test_only_a_failed_job_can_be_retried(job):
    assert not Job.objects.retry(job.pk)
    Job.objects.filter(pk=job.pk).update(status="failed", finished_at=timezone.now(), attempts=3)
    assert Job.objects.retry(job.pk)
    job.refresh_from_db()
    assert (job.status, job.attempts, job.finished_at) == ("queued", 0, None)


def test_a_job_whose_worker_is_gone_is_rescued(job):
    claim(job)
    assert Job.objects.rescue() == []  # its worker's session lives, and may just be about to lock it
    Job.objects.filter(pk=job.pk).update(claimed_in=None)
    (row,) = Job.objects.rescue()
    job.refresh_from_db()
    assert (row["id"], job.status, job.attempts, job.crashes, job.solo_crashes) == (job.pk, "queued", 0, 1, 1)


def test_a_younger_session_with_the_number_of_the_dead_one_keeps_no_job(job):
    claim(job)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        Job.objects.filter(pk=job.pk).update(claimed_in=pid)
        assert len(Job.objects.rescue()) == 1
    finally:
        other.close()


def test_a_worker_that_is_silent_for_long_between_claim_and_lock_loses_its_job(job, monkeypatch):
    claim(job)
    assert Job.objects.rescue() == []
    monkeypatch.setattr("slimy.jobs.ledger.LONGEST_SILENCE", 0)
    assert len(Job.objects.rescue()) == 1


def test_a_job_that_is_being_done_is_not_rescued(job):
    taken = claim(job)
    Job.objects.filter(pk=job.pk).update(claimed_in=None)
    with transaction.atomic():
        assert Job.objects.hold(taken)
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT id FROM slimy_job FOR NO KEY UPDATE SKIP LOCKED")
                assert cursor.fetchall() == []
        finally:
            other.close()


def test_a_job_that_a_doubled_message_makes_others_look_at_is_held_all_the_same(job):
    taken = claim(job)
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT id FROM slimy_job FOR NO KEY UPDATE")  # as a claim does that comes too late
        threading.Timer(0.3, other.connection.commit).start()
        with transaction.atomic():
            assert Job.objects.hold(taken) == [job]
    finally:
        other.close()


def test_a_worker_that_lost_its_claim_holds_nothing(job):
    taken = claim(job)
    Job.objects.filter(pk=job.pk).update(claimed_in=None)
    Job.objects.rescue()
    with transaction.atomic():
        assert Job.objects.hold(taken) == []


def test_a_job_that_crashes_alone_three_times_has_failed(job):
    for _ in range(3):
        assert claim(job)
        Job.objects.filter(pk=job.pk).update(claimed_in=None)
        Job.objects.rescue()
    job.refresh_from_db()
    assert (job.status, job.errors[-1]["code"]) == ("failed", "worker_crashed")
    assert len(job.errors) == 3


def test_a_suspect_is_not_claimed_together_with_others(alice, job):
    Job.objects.filter(pk=job.pk).update(crashes=1)
    other = add_job("database", "zoo", {"how": "complete"}, alice)
    taken = Job.objects.claim([job.pk, other.pk], "w", ["database"])
    assert taken.jobs == list(Job.objects.filter(claim=taken.token)) == [other]
    assert Job.objects.suspects([job.pk, other.pk]) == ([job.pk], [])


def test_unanswered_messages_are_sent_again_with_growing_pauses(job):
    assert Job.objects.take_unrung("database", 10) == []
    pauses = []
    for waited in (15, 30, 60, 120, 240, 480):
        now = timezone.now()
        Job.objects.filter(pk=job.pk).update(ring_at=now, available_at=now - timedelta(seconds=waited))
        (row,) = Job.objects.take_unrung("database", 10)
        job.refresh_from_db()
        pauses.append(round((job.ring_at - now).total_seconds()))
    assert pauses == [15, 30, 60, 120, 240, 300]
    assert row["deliveries"] == job.deliveries == 7


@pytest.mark.parametrize(
    "impossible",
    [
        {"status": "completed"},
        {"status": "active"},
        {"status": "sleeping"},
        {"finished_at": timezone.now()},
        {"claim": uuid4()},
        {"result": {"done": True}},
        {"attempts": -1},
        {"attempts": 3},
    ],
)
def test_the_schema_refuses_impossible_rows(job, impossible):
    with pytest.raises(IntegrityError):
        Job.objects.filter(pk=job.pk).update(**impossible)


def test_numbers_follow_the_order_of_acceptance(alice):
    numbers = [add_job("database", "zoo", {"how": "complete"}, alice).number for _ in range(5)]
    assert numbers == sorted(set(numbers))
