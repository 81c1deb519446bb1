"""Old and new processes side by side: what only one of them knows waits for it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from slimy.jobs import registry
from slimy.jobs.executor import Executor
from slimy.jobs.models import Job


@pytest.fixture(autouse=True)
def an_hour(settings):
    settings.JOBS = {**settings.JOBS, "UPGRADE_SECONDS": 3600}


@pytest.fixture
def newer(alice):
    """Jobs that a newer web process has accepted: a type, and a field, that this worker doesn't know."""
    return [
        Job.objects.create(queue="database", type="of_tomorrow", payload={"how": "complete"}, owner=alice),
        Job.objects.create(queue="database", type="zoo", payload={"how": "complete", "colour": "red"}, owner=alice),
    ]


def execute(jobs):
    Executor("test", ["database"]).execute([job.pk for job in jobs])
    for job in jobs:
        job.refresh_from_db()
    return jobs


def test_what_a_worker_does_not_know_waits_at_no_cost(newer):
    for job in execute(newer):
        assert (job.status, job.attempts, job.setbacks) == ("queued", 0, 1)
        assert timedelta(seconds=3) < job.available_at - timezone.now() < timedelta(seconds=6)
        assert job.shown_status == "delayed"
    assert [job.errors[0]["code"] for job in newer] == ["unknown_job_type", "invalid_input"]


def test_the_worker_that_knows_it_does_it(newer, monkeypatch):
    unknown, _ = execute(newer)
    monkeypatch.setitem(registry._types, "of_tomorrow", registry.get("zoo"))
    Job.objects.filter(pk=unknown.pk).update(available_at=timezone.now())
    (done,) = execute([unknown])
    assert (done.status, done.attempts) == ("completed", 1)


def test_the_older_it_is_the_longer_it_waits_but_five_minutes_at_most(newer):
    for seconds, longest in ((60, 61), (3000, 301)):
        old = timezone.now() - timedelta(seconds=seconds)
        Job.objects.update(created_at=old, available_at=old)
        job = execute(newer)[0]
        assert timedelta(seconds=longest - 3) < job.available_at - timezone.now() < timedelta(seconds=longest)


def test_when_no_worker_came_for_an_hour_it_fails(newer):
    old = timezone.now() - timedelta(hours=1)
    Job.objects.update(created_at=old, available_at=old)
    assert [job.status for job in execute(newer)] == ["failed", "failed"]


def test_its_neighbours_do_not_wait(newer, alice):
    good = [
        Job.objects.create(queue="database", type="zoo", payload={"how": "complete"}, owner=alice) for _ in range(3)
    ]
    assert [job.status for job in execute([newer[0], *good])] == ["queued", "completed", "completed", "completed"]


def test_what_a_handler_refuses_itself_fails_at_once(alice):
    job = Job.objects.create(queue="database", type="zoo", payload={"how": "refused"}, owner=alice)
    assert execute([job])[0].status == "failed"
