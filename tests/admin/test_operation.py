"""The page of queues, workers and recurring work; queues paused and resumed, as real workers see it."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from slimy.admin import panels
from slimy.jobs import pauses
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from tests.admin.conftest import JOBS, VIEW, signed_in, staff, text
from tests.conftest import wait_for_all_jobs, wait_until

PAGE = f"{JOBS}operation/"


@pytest.fixture(autouse=True)
def nothing_known():
    pauses.forget()
    panels.forget_all()
    yield
    pauses.forget()


@pytest.fixture
def pia(db):
    """May pause."""
    return signed_in(staff("pia", *VIEW, "pause_queue"))


@pytest.mark.django_db
def test_a_queue_is_paused_and_resumed_after_a_question(pia):
    assert "Pause the queue database?" in text(pia.get(f"{PAGE}database/pause/"))
    assert not pauses.paused()
    assert "The queue database is paused." in text(pia.post(f"{PAGE}database/pause/", follow=True))
    pauses.forget()
    assert pauses.paused() == {"database"}
    assert "by pia" in text(pia.get(PAGE))
    assert "was paused already" in text(pia.post(f"{PAGE}database/pause/", follow=True))
    assert "worked on again" in text(pia.post(f"{PAGE}database/resume/", follow=True))
    assert [entry.change_message for entry in LogEntry.objects.order_by("pk")] == ["Paused.", "Resumed."]
    events = Job.objects.filter(type="log_event").order_by("pk")
    assert [event.payload["action"] for event in events] == ["jobs.pause_queue", "jobs.resume_queue"]
    assert [entry.change_message for entry, *_ in pia.get(PAGE).context["acts"]] == ["Resumed.", "Paused."]


@pytest.mark.django_db
def test_pausing_takes_the_permission_and_a_queue(vera, pia):
    for verb in ("pause", "resume"):
        assert vera.get(f"{PAGE}database/{verb}/").status_code == 403
        assert vera.post(f"{PAGE}database/{verb}/").status_code == 403
    assert "Pause database" not in text(vera.get(PAGE))
    assert pia.post(f"{PAGE}nothing/pause/").status_code == 404
    assert pia.post(f"{PAGE}database/drop/").status_code == 404


@pytest.mark.django_db
def test_without_workers_the_page_says_what_to_do(vera):
    assert "manage.py rqworker database" in text(vera.get(PAGE))
    assert reverse("admin:jobs_job_operation") in text(vera.get("/admin/"))


@pytest.mark.django_db(transaction=True)
def test_a_worker_obeys_a_pause_and_tells_of_itself(worker, alice):
    vera = signed_in(staff("vera", *VIEW))
    pauses.Pause.objects.create(queue="database")
    job = add_job("database", "zoo", {"how": "complete"}, alice)
    with worker("--name", "w1"):
        wait_until(lambda: "database:1" in text(vera.get(PAGE)))
        wait_until(lambda: all(each.last != "-" for each in vera.get(PAGE).context["rounds"][:3]))
        assert Job.objects.get(pk=job.pk).status == "queued"

        pauses.resume("database")
        wait_for_all_jobs()
        assert Job.objects.get(pk=job.pk).status == "completed"
    page = vera.get(PAGE)
    assert "No worker is alive" in text(page)


@pytest.mark.django_db(transaction=True)
def test_a_burst_ends_although_a_paused_queue_has_jobs(worker, alice):
    pauses.Pause.objects.create(queue="database")
    job = add_job("database", "zoo", {"how": "complete"}, alice)
    with worker("--burst") as process:
        wait_until(lambda: process.poll() is not None)
    assert process.returncode == 0
    assert Job.objects.get(pk=job.pk).status == "queued"
