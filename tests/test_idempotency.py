"""`Idempotency-Key`: a request that is sent again makes no second job."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.test import override_settings

from chat.models import Conversation, Message
from tests.conftest import assert_problem, users_jobs

PATH = "/api/chat/conversations"
KEY = {"HTTP_IDEMPOTENCY_KEY": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


@pytest.mark.usefixtures("rings")
class TestTheSameKey:
    def test_with_the_same_body_gives_the_same_job(self, api, alice):
        client = api(alice)
        first, second = (client.post(PATH, {"title": "Sim power"}, **KEY) for _ in range(2))
        assert first.status_code == second.status_code == 202
        assert first.json()["jobId"] == second.json()["jobId"]
        assert first.json()["conversationId"] == second.json()["conversationId"]
        assert first["Location"] == second["Location"]
        assert users_jobs().count() == 1

    def test_gives_it_also_when_it_is_done(self, api, alice, work):
        client = api(alice)
        first = client.post(PATH, {}, **KEY)
        work()
        second = client.post(PATH, {}, **KEY)
        assert (second.json()["jobId"], second.json()["status"]) == (first.json()["jobId"], "completed")
        work()
        assert Conversation.objects.count() == 1

    def test_gives_it_whatever_the_order_of_the_names(self, api, alice):
        client = api(alice)
        for body in ('{"title": "a", "personalityMode": "casual"}', '{"personalityMode":"casual","title":"a"}'):
            client.generic("POST", PATH, body, content_type="application/json", **KEY)
        assert users_jobs().count() == 1

    def test_gives_it_also_when_what_it_deletes_is_gone(self, api, alice, conversation, work):
        client, path = api(alice), f"{PATH}/{conversation.pk}"
        first = client.delete(path, **KEY)
        work()
        second = client.delete(path, **KEY)
        assert (second.status_code, second["Location"]) == (202, first["Location"])
        assert_problem(client.delete(path), 404, "conversation_not_found")

    def test_gives_it_also_when_what_it_changes_is_no_longer_as_it_was(self, api, alice, conversation, work):
        client, path = api(alice), f"{PATH}/{conversation.pk}"
        first = client.patch(path, {"title": "Total power"}, HTTP_IF_MATCH='"1"', **KEY)
        work()
        second = client.patch(path, {"title": "Total power"}, HTTP_IF_MATCH='"1"', **KEY)
        assert (second.status_code, second["Location"]) == (202, first["Location"])
        assert_problem(client.patch(path, {"title": "Total power"}, HTTP_IF_MATCH='"1"'), 412, "conflict")

    def test_gives_it_also_when_no_further_job_may_be_open(self, api, alice):
        client = api(alice)
        with override_settings(JOBS={"MAX_OPEN_PER_USER": 1}):
            first = client.post(PATH, {}, **KEY)
            assert client.post(PATH, {}, **KEY).json()["jobId"] == first.json()["jobId"]
            assert_problem(client.post(PATH, {}), 429, "too_many_open_jobs")

    def test_with_another_body_is_refused(self, api, alice):
        client = api(alice)
        client.post(PATH, {"title": "Sim power"}, **KEY)
        assert_problem(client.post(PATH, {"title": "Total power"}, **KEY), 422, "idempotency_key_reused")
        assert_problem(client.post(PATH, {}, **KEY), 422, "idempotency_key_reused")
        assert users_jobs().count() == 1

    def test_for_another_operation_is_refused(self, api, alice):
        client = api(alice)
        client.post(PATH, {}, **KEY)
        other = {"type": "get_conversations", "data": {}}
        assert_problem(client.post("/api/chat/db-jobs", other, **KEY), 422, "idempotency_key_reused")

    def test_of_somebody_else_is_a_key_of_its_own(self, api, alice, bob):
        jobs = {api(user).post(PATH, {}, **KEY).json()["jobId"] for user in (alice, bob)}
        assert len(jobs) == 2


@pytest.mark.usefixtures("rings")
def test_without_a_key_every_request_makes_a_job(api, alice):
    assert len({api(alice).post(PATH, {}).json()["jobId"] for _ in range(2)}) == 2


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "\xff", "tab\there"])
def test_odd_keys_are_refused(api, alice, key):
    response = api(alice).post(PATH, {}, HTTP_IDEMPOTENCY_KEY=key)
    assert_problem(response, 400, "invalid_input", "Idempotency-Key")
    assert not users_jobs().exists()


@pytest.mark.usefixtures("rings")
@pytest.mark.parametrize("key", ["!", "x" * 255, "a,b;c=d", "'; DROP TABLE slimy_job; --".replace(" ", "")])
def test_any_visible_text_is_a_key(api, alice, key):
    assert api(alice).post(PATH, {}, HTTP_IDEMPOTENCY_KEY=key).status_code == 202
    assert users_jobs().get().idempotency_key == key


@pytest.mark.django_db(transaction=True)
def test_50_requests_at_the_same_moment_make_one_job(api, alice, conversation, work):
    client, barrier = api(alice), Barrier(50)
    body = {"conversationId": str(conversation.pk), "message": {"role": "user", "content": "once"}}

    def post(_):
        try:
            barrier.wait(20)
            return client.post("/api/chat/messages", body, **KEY)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(50) as threads:
        responses = list(threads.map(post, range(50)))

    assert {response.status_code for response in responses} == {202}
    answers = [response.json() | {"estimatedWaitTime": 0} for response in responses]  # it may change meanwhile
    assert all(answer == answers[0] for answer in answers)
    assert {response["Location"] for response in responses} == {f"/api/chat/db-jobs/{answers[0]['jobId']}"}
    assert users_jobs().count() == 1
    work()
    assert Message.objects.count() == 1
