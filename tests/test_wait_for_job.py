"""`Prefer: wait=<seconds>`: the answer comes when the job is done, if that is soon."""

import time
from threading import Timer

import pytest
from django.db import connections

from slimy.jobs import waiting
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from slimy.jobs.waiting import wait_for, wished
from tests.conftest import running_worker

PATH = "/api/chat/conversations"


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("", 0),
        ("wait=5", 5),
        ("WAIT=5", 5),
        ("respond-async, wait=5", 5),
        ("wait=5; foo", 5),
        ("wait=10", 10),
        ("wait=11", 10),
        ("wait=999999999", 10),
        ("wait=9999999999", 0),
        ("wait=0", 0),
        ("wait=-1", 0),
        ("wait=1.5", 0),
        ("wait=", 0),
        ("await=5", 0),
        ("wait=٣", 0),
        ("wait", 0),
    ],
)
def test_what_a_client_can_wish(prefer, seconds):
    assert wished(prefer) == seconds


@pytest.mark.django_db(transaction=True)
def test_with_a_worker_the_answer_is_the_finished_job(api, alice):
    client = api(alice)
    with running_worker():
        response = client.post(PATH, {"title": "Sim power"}, HTTP_PREFER="wait=10")
        asked = client.get(response["Location"], HTTP_PREFER="wait=10")
        refused = client.post("/api/chat/db-jobs", {"type": "zoo", "data": {"how": "refused"}}, HTTP_PREFER="wait=10")
    assert response.status_code == 200
    assert response["Preference-Applied"] == "wait=10"
    assert "Retry-After" not in response
    document = response.json()
    assert document["status"] == "completed"
    assert document["result"]["conversationId"] == document["jobId"]
    assert asked.json() == document
    assert asked["Preference-Applied"] == "wait=10"
    assert (refused.status_code, refused.json()["status"], refused.json()["errorCode"]) == (
        200,
        "failed",
        "zoo_refused",
    )


@pytest.mark.usefixtures("rings")
class TestWithoutAWorker:
    def test_the_answer_is_202_when_the_time_is_up(self, api, alice):
        began = time.monotonic()
        response = api(alice).post(PATH, {}, HTTP_PREFER="wait=1")
        assert 0.5 < time.monotonic() - began < 3
        assert response.status_code == 202
        assert response["Retry-After"] == "1"
        assert "Preference-Applied" not in response

    def test_the_state_of_the_job_is_what_it_is_after_waiting(self, alice, monkeypatch):
        job = add_job("database", "get_conversations", {}, alice)
        claim = lambda _: Job.objects.claim([job.pk], "worker", ["database"])  # noqa: E731
        monkeypatch.setattr(waiting.time, "sleep", claim)
        assert wait_for(job, 0.01) is False
        assert job.status == "active"

    def test_who_comes_when_many_wait_isnt_made_to(self, api, alice, monkeypatch):
        monkeypatch.setattr(waiting, "WAITERS", waiting.BoundedSemaphore(1))
        waiting.WAITERS.acquire()
        began = time.monotonic()
        assert api(alice).post(PATH, {}, HTTP_PREFER="wait=10").status_code == 202
        assert time.monotonic() - began < 1


@pytest.mark.django_db(transaction=True)
def test_a_client_that_polls_can_wait_too(api, alice, work):
    job = add_job("database", "get_conversations", {}, alice)

    def soon():
        work()
        connections.close_all()

    timer = Timer(0.2, soon)
    timer.start()
    began = time.monotonic()
    response = api(alice).get(f"/api/chat/db-jobs/{job.pk}", HTTP_PREFER="wait=10")
    timer.join()
    assert response.json()["status"] == "completed"
    assert time.monotonic() - began < 5
    assert waiting.WAITERS.acquire(blocking=False), "a place to wait was not given back"
    waiting.WAITERS.release()
