"""DELETE /api/chat/conversations/<id>."""

import pytest

from chat.models import Conversation, Message
from tests.conftest import assert_problem, users_jobs

pytestmark = pytest.mark.usefixtures("rings")


def path(conversation):
    return f"/api/chat/conversations/{conversation.pk}"


def test_it_deletes_the_conversation_with_its_messages(api, alice, conversation, work):
    Message.objects.create(conversation=conversation, position=1, role="user", content="hello")
    other = Conversation.objects.create(owner=alice)
    client = api(alice)
    accepted = client.delete(path(conversation))
    assert accepted.status_code == 202
    assert Conversation.objects.count() == 2
    work()
    assert list(Conversation.objects.all()) == [other]
    assert not Message.objects.exists()
    assert client.get(accepted["Location"]).json()["result"]["conversationId"] == str(conversation.pk)


def test_the_second_of_two_that_were_accepted_fails(api, alice, conversation, work):
    client = api(alice)
    locations = [client.delete(path(conversation))["Location"] for _ in range(2)]
    work()
    jobs = [client.get(location).json() for location in locations]
    assert [job["status"] for job in jobs] == ["completed", "failed"]
    assert jobs[1]["errorCode"] == "conversation_not_found"


def test_what_is_deleted_is_not_found(api, alice, conversation, work):
    client = api(alice)
    client.delete(path(conversation))
    work()
    assert_problem(client.delete(path(conversation)), 404, "conversation_not_found")
    assert_problem(client.get(path(conversation)), 404, "conversation_not_found")


@pytest.mark.parametrize("id", ["0", "x" * 36, "%00", "%ff", "00000000-0000-0000-0000-000000000000"])
def test_what_never_was_is_not_found(api, alice, id):
    assert_problem(api(alice).delete(f"/api/chat/conversations/{id}"), 404, "conversation_not_found")


def test_a_stranger_is_refused(api, bob, conversation):
    assert_problem(api(bob).delete(path(conversation)), 404, "conversation_not_found")
    assert not users_jobs().exists()
