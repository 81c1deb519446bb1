"""POST /api/chat/conversations."""

import re

import pytest

from chat.models import Conversation, Message
from slimy.jobs.executor import Executor
from slimy.jobs.models import Job
from tests.conftest import assert_problem, users_jobs

PATH = "/api/chat/conversations"
pytestmark = pytest.mark.usefixtures("rings")


def test_it_answers_at_once_with_where_to_look(api, alice):
    response = api(alice).post(PATH, {"title": "Sim power"})

    assert response.status_code == 202
    job = users_jobs().get()
    assert response["Location"] == f"/api/chat/db-jobs/{job.pk}"
    assert response["Retry-After"] == "1"
    answer = response.json()
    assert answer["jobId"] == answer["conversationId"] == str(job.pk)
    assert (answer["ok"], answer["jobType"], answer["status"]) == (True, "create_conversation", "queued")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answer["createdAt"])
    assert answer["estimatedWaitTime"] >= 0
    assert not Conversation.objects.exists()


def test_the_worker_creates_it_with_the_id_that_was_promised(api, alice, work):
    answer = api(alice).post(PATH, {"title": "Sim power", "personalityMode": "casual"}).json()
    work()
    made = Conversation.objects.get()
    assert (str(made.pk), made.owner, made.title) == (answer["conversationId"], alice, "Sim power")
    assert made.personality_mode == "casual"


@pytest.mark.parametrize("body", ["{}", ""])
def test_it_needs_neither_title_nor_mode(api, alice, work, body):
    assert api(alice).generic("POST", PATH, body, content_type="application/json").status_code == 202
    work()
    assert (Conversation.objects.get().title, Conversation.objects.get().personality_mode) == ("", "helpful")


def test_messages_can_be_posted_at_once(api, alice, work):
    client = api(alice)
    conversation = client.post(PATH, {}).json()["conversationId"]
    message = {"conversationId": conversation, "message": {"role": "user", "content": "first"}}
    assert client.post("/api/chat/messages", message).status_code == 202
    work()
    assert str(Message.objects.get().conversation_id) == conversation


def test_a_message_that_overtakes_the_creation_waits_for_it(api, alice):
    client = api(alice)
    creation = Job.objects.get(pk=client.post(PATH, {}).json()["jobId"])
    body = {"conversationId": str(creation.pk), "message": {"role": "user", "content": "first"}}
    message = Job.objects.get(pk=client.post("/api/chat/messages", body).json()["jobId"])
    executor = Executor("test", ["database"])

    executor.execute([message.pk])
    message.refresh_from_db()
    assert (message.status, message.attempts) == ("queued", 0)

    executor.execute([creation.pk])
    Job.objects.filter(pk=message.pk).update(available_at=message.created_at)
    executor.execute([message.pk])
    message.refresh_from_db()
    assert message.status == "completed"


def test_a_stranger_cant_post_to_a_conversation_that_is_still_being_created(api, alice, bob):
    conversation = api(alice).post(PATH, {}).json()["conversationId"]
    body = {"conversationId": conversation, "message": {"role": "user", "content": "mine now"}}
    assert_problem(api(bob).post("/api/chat/messages", body), 404, "conversation_not_found")


def test_the_title_is_kept_as_it_came(api, alice, work):
    api(alice).post(PATH, {"title": "  two spaces, \U0001f600 \u202e"})
    work()
    assert Conversation.objects.get().title == "  two spaces, \U0001f600 \u202e"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": "x" * 201}, "title"),
        ({"title": 1}, "title"),
        ({"title": True}, "title"),
        ({"title": None}, "title"),
        ({"title": ["x"]}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"personalityMode": "evil"}, "personalityMode"),
        ({"personalityMode": 1}, "personalityMode"),
        ({"personalityMode": []}, "personalityMode"),
        ({"personality_mode": "casual"}, "personality_mode"),
        ({"owner": 1}, "owner"),
        ([], "body"),
        ("title", "body"),
    ],
)
def test_bad_fields_are_named_and_nothing_is_written(api, alice, body, field):
    assert_problem(api(alice).post(PATH, body), 400, "invalid_input", field)
    assert not users_jobs().exists()


def test_nobody_creates_nothing(api):
    response = api(None).post(PATH, {})
    assert_problem(response, 401, "unauthorized")
    assert response["WWW-Authenticate"] == "Bearer"
    assert not users_jobs().exists()
