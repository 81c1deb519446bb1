"""DELETE /api/chat/db-jobs/<id>."""

from threading import Event, Thread
from uuid import uuid4

import pytest
from django.db import connections, transaction

from chat.models import Conversation
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from tests.conftest import assert_problem


def cancel(client, job):
    return client.delete(f"/api/chat/db-jobs/{job.pk}")


@pytest.mark.usefixtures("rings")
class TestTheOwner:
    def test_cancels_a_job_that_waits(self, api, alice, work):
        job = add_job("database", "create_conversation", {}, alice)
        answer = cancel(api(alice), job)
        assert answer.status_code == 200
        assert answer.json()["status"] == "cancelled"
        assert "cancelledAt" in answer.json()
        work()
        assert not Conversation.objects.exists()

    def test_cancels_a_job_that_will_be_tried_again(self, api, alice, work):
        job = add_job("database", "zoo", {"how": "python_error"}, alice)
        work()
        assert cancel(api(alice), job).json()["status"] == "cancelled"

    def test_is_too_late_for_a_job_that_is_done(self, api, alice, work):
        job = add_job("database", "get_conversations", {}, alice)
        work()
        assert_problem(cancel(api(alice), job), 409, "job_not_waiting")

    def test_is_too_late_for_a_job_that_runs(self, api, alice):
        job = add_job("database", "get_conversations", {}, alice)
        Job.objects.claim([job.pk], "worker", ["database"])
        assert_problem(cancel(api(alice), job), 409, "job_not_waiting")

    def test_cancels_once(self, api, alice):
        job = add_job("database", "get_conversations", {}, alice)
        cancel(api(alice), job)
        assert_problem(cancel(api(alice), job), 409, "job_not_waiting")

    def test_sees_messages_fail_that_wait_for_a_cancelled_creation(self, api, alice, work):
        client = api(alice)
        creation = client.post("/api/chat/conversations", {})
        body = {"conversationId": creation.json()["jobId"], "message": {"role": "user", "content": "hello"}}
        message = client.post("/api/chat/messages", body)
        client.delete(creation["Location"])
        work()
        assert client.get(message["Location"]).json()["errorCode"] == "conversation_not_found"

    def test_finds_no_job_that_never_was(self, api, alice):
        assert_problem(cancel(api(alice), Job(pk=uuid4())), 404, "job_not_found")


@pytest.mark.usefixtures("rings")
def test_a_stranger_is_denied(api, alice, bob):
    job = add_job("database", "get_conversations", {}, alice)
    assert_problem(cancel(api(bob), job), 403, "job_access_denied")
    job.refresh_from_db()
    assert job.status == "queued"


@pytest.mark.django_db(transaction=True)
def test_it_doesnt_wait_for_a_worker_that_is_just_taking_the_job(api, alice):
    job = add_job("database", "get_conversations", {}, alice)
    locked, done = Event(), Event()

    def take():
        with transaction.atomic():
            Job.objects.select_for_update().get(pk=job.pk)
            locked.set()
            done.wait(10)
        connections.close_all()

    taker = Thread(target=take)
    taker.start()
    locked.wait(10)
    try:
        assert_problem(cancel(api(alice), job), 409, "job_not_waiting")
    finally:
        done.set()
        taker.join()
