"""How long a job will probably take, as a client is told when it is accepted."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from slimy.jobs import estimate
from slimy.jobs.estimate import wait_in_ms
from slimy.jobs.models import Job


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(estimate, "_known", {})


def finished(owner, seconds, minutes_ago=0, **more):
    finish = timezone.now() - timedelta(minutes=minutes_ago)
    fields = {"queue": "database", "type": "zoo", "status": "completed", "result": {}, **more}
    created = finish - timedelta(seconds=seconds)
    Job.objects.create(payload={}, owner=owner, created_at=created, finished_at=finish, **fields)


def test_it_is_the_median_of_the_queues_latest_20_jobs(alice):
    for _ in range(30):
        finished(alice, 60, minutes_ago=5)
    for seconds in [1] * 9 + [2, 4] + [30] * 9:
        finished(alice, seconds)
    finished(alice, 90, queue="audit")
    finished(alice, 90, status="failed", result=None)
    assert wait_in_ms("database") == 3000


def test_it_is_nothing_where_nothing_was_done(db):
    assert wait_in_ms("database") == 0


def test_it_is_asked_once_a_second(alice, django_assert_num_queries, monkeypatch):
    with django_assert_num_queries(1):
        wait_in_ms("database")
        wait_in_ms("database")
    later = estimate.time.monotonic() + 1.1
    monkeypatch.setattr(estimate.time, "monotonic", lambda: later)
    with django_assert_num_queries(1):
        wait_in_ms("database")


def test_a_job_that_is_accepted_is_never_refused_for_it(monkeypatch):
    def away(*_):
        raise OperationalError("away")

    monkeypatch.setattr(estimate, "one", away)
    assert wait_in_ms("database") == 0
