"""GET /api/chat/db-jobs/<id>."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from slimy.jobs.serializers import job_document
from slimy.wire import instant
from tests.conftest import assert_problem

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
pytestmark = pytest.mark.usefixtures("rings")


def status(client, job):
    response = client.get(f"/api/chat/db-jobs/{job.pk}")
    assert response.status_code == 200
    return response.json()


def test_a_queued_job(api, alice):
    job = add_job("database", "get_conversations", {}, alice)
    response = api(alice).get(f"/api/chat/db-jobs/{job.pk}")
    document = response.json()
    assert INSTANT.fullmatch(document.pop("createdAt"))
    assert document == {
        "ok": True,
        "jobId": str(job.pk),
        "jobType": "get_conversations",
        "status": "queued",
        "attempts": 0,
    }
    assert response["Retry-After"] == "1"
    assert response["Cache-Control"] == "no-store"


def test_an_active_job(api, alice):
    job = add_job("database", "get_conversations", {}, alice)
    Job.objects.claim([job.pk], "worker", ["database"])
    document = status(api(alice), job)
    assert (document["status"], document["attempts"]) == ("active", 1)
    assert INSTANT.fullmatch(document["startedAt"])
    assert "result" not in document


def test_a_completed_job_shows_its_result(api, alice, work):
    job = add_job("database", "get_conversations", {}, alice)
    work()
    document = status(api(alice), job)
    assert (document["status"], document["attempts"]) == ("completed", 1)
    assert document["result"] == {"conversations": []}
    assert document["createdAt"] <= document["startedAt"] <= document["completedAt"]
    assert not {"error", "failedAt", "cancelledAt", "availableAt"} & set(document)


def test_a_job_that_will_be_tried_again_is_delayed(api, alice, work):
    job = add_job("database", "zoo", {"how": "python_error"}, alice)
    work()
    document = status(api(alice), job)
    assert (document["status"], document["attempts"]) == ("delayed", 1)
    assert document["availableAt"] > document["startedAt"]
    assert "error" not in document


@pytest.mark.parametrize(
    ("how", "attempts", "seconds"),
    [("python_error", 1, (1.9, 2.6)), ("later", 0, (29, 31)), ("hang_up", 0, (0.9, 1.1))],
)
@pytest.mark.django_db(transaction=True)
def test_whatever_waits_for_another_try_says_until_when(api, alice, work, how, attempts, seconds):
    job = add_job("database", "zoo", {"how": how}, alice)
    work()
    job.refresh_from_db()
    document = status(api(alice), job)
    assert (document["status"], document["attempts"]) == ("delayed", attempts)
    assert document["availableAt"] == instant(job.available_at)
    assert seconds[0] < (job.available_at - job.claimed_at).total_seconds() < seconds[1]
    (listed,) = api(alice).get("/api/chat/db-jobs?status=delayed").json()["jobs"]
    assert listed["availableAt"] == document["availableAt"]
    assert not api(alice).get("/api/chat/db-jobs?status=queued").json()["jobs"]


def test_a_job_that_was_put_off_is_delayed_until_its_time(api, alice):
    job = add_job("database", "get_conversations", {}, alice, delay=60)
    assert status(api(alice), job)["status"] == "delayed"


def test_a_web_server_whose_clock_is_behind_calls_no_fresh_job_delayed(api, alice, monkeypatch):
    job = add_job("database", "get_conversations", {}, alice)
    past = timezone.now() - timedelta(minutes=5)
    monkeypatch.setattr("slimy.jobs.models.timezone.now", lambda: past)
    assert status(api(alice), job)["status"] == "queued"


def test_a_failed_job_shows_a_public_error_and_never_a_traceback(api, alice, work):
    job = add_job("database", "zoo", {"how": "python_error"}, alice)
    Job.objects.filter(pk=job.pk).update(max_attempts=1)
    work()
    job.refresh_from_db()
    assert "secret" in json.dumps(job.errors)
    response = api(alice).get(f"/api/chat/db-jobs/{job.pk}")
    document = response.json()
    assert document["status"] == "failed"
    assert document["error"] == "Something went wrong on our side."
    assert document["errorCode"] == "internal_error"
    assert INSTANT.fullmatch(document["failedAt"])
    assert not re.search(rb"secret|Traceback|zoo/jobs|ValueError|trace", response.content)


def test_a_failed_job_names_the_fields_that_were_bad(api, alice, work):
    job = add_job("database", "zoo", {"how": "complete"}, alice)
    Job.objects.filter(pk=job.pk).update(payload={"how": "fly", "wings": 2})
    work()
    document = status(api(alice), job)
    assert (document["status"], document["errorCode"]) == ("failed", "invalid_input")
    assert document["errorDetails"] == {"wings": ["This field is not known."]}


def test_a_cancelled_job(api, alice):
    job = add_job("database", "get_conversations", {}, alice)
    Job.objects.cancel(job.pk)
    document = status(api(alice), job)
    assert document["status"] == "cancelled"
    assert INSTANT.fullmatch(document["cancelledAt"])


@pytest.mark.parametrize("errors", [[], {}, [None], ["text"], [{}], [{"details": {}}], [{"public": None}], None])
def test_whatever_stands_in_the_ledger_an_error_can_be_shown(errors):
    now = timezone.now()
    document = job_document(Job(status="failed", created_at=now, available_at=now, finished_at=now, errors=errors))
    assert (document["error"], document["errorCode"]) == ("The job failed.", "internal_error")


def test_it_takes_two_statements(api, alice, work, django_assert_num_queries):
    job = add_job("database", "get_conversations", {}, alice)
    work()
    client = api(alice)
    with django_assert_num_queries(2):  # who asks, and the job
        status(client, job)


def test_somebody_elses_job_is_denied(api, alice, bob):
    job = add_job("database", "get_conversations", {}, alice)
    assert_problem(api(bob).get(f"/api/chat/db-jobs/{job.pk}"), 403, "job_access_denied")


def test_a_job_that_nobody_owns_any_more_is_denied(api, alice, bob):
    job = add_job("database", "get_conversations", {}, alice)
    alice.delete()
    assert_problem(api(bob).get(f"/api/chat/db-jobs/{job.pk}"), 403, "job_access_denied")


@pytest.mark.parametrize("id", ["0", "x" * 36, "9" * 3000, "%00", "%ff", "%ed%a0%80", "{%s}", "urn:uuid:%s"])
def test_what_cant_be_a_job_is_not_found(api, alice, id):
    id = id % uuid4() if "%s" in id else id
    assert_problem(api(alice).get(f"/api/chat/db-jobs/{id}"), 404, "job_not_found")


def test_a_job_that_never_was_is_not_found(api, alice):
    assert_problem(api(alice).get(f"/api/chat/db-jobs/{uuid4()}"), 404, "job_not_found")


def test_nobody_sees_nothing(api, alice):
    job = add_job("database", "get_conversations", {}, alice)
    assert_problem(api(None).get(f"/api/chat/db-jobs/{job.pk}"), 401, "unauthorized")


def test_times_are_in_utc_whatever_they_come_in(alice):
    noon = timezone.now().replace(hour=12) + timedelta(0)
    plus_two = noon.astimezone(timezone.get_fixed_timezone(120))
    shown = job_document(Job(status="queued", created_at=plus_two, available_at=noon))["createdAt"]
    assert shown[11:14] == "12:"
    assert shown.endswith("Z")
