"""POST /api/chat/messages/bulk."""

import time

import pytest

from chat.models import Message
from tests.conftest import assert_problem, users_jobs

PATH = "/api/chat/messages/bulk"
HELLO = {"role": "user", "content": "hello"}
HUNDRED = [{"role": "user", "content": str(number)} for number in range(100)]

pytestmark = pytest.mark.usefixtures("rings")


def saying(conversation, messages):
    return {"conversationId": str(conversation.pk), "messages": messages}


@pytest.mark.parametrize("count", [1, 100])
def test_it_saves_them_in_order(api, alice, conversation, work, count):
    client = api(alice)
    accepted = client.post(PATH, saying(conversation, HUNDRED[:count]))
    work()

    messages = list(Message.objects.order_by("position"))
    assert [message.content for message in messages] == [str(number) for number in range(count)]
    result = client.get(accepted["Location"]).json()["result"]
    assert result["messageIds"] == [str(message.pk) for message in messages]
    assert result["items"][0] == {"index": 0, "messageId": str(messages[0].pk), "outcome": "saved"}
    conversation.refresh_from_db()
    assert conversation.message_count == count


def test_single_messages_accepted_around_it_keep_their_place(api, alice, conversation, work):
    client = api(alice)
    for content in ("before", None, "after"):
        if content:
            message = {"conversationId": str(conversation.pk), "message": {"role": "user", "content": content}}
            client.post("/api/chat/messages", message)
        else:
            client.post(PATH, saying(conversation, HUNDRED[:3]))
    work()
    contents = Message.objects.order_by("position").values_list("content", flat=True)
    assert list(contents) == ["before", "0", "1", "2", "after"]


def test_one_bad_message_refuses_all_and_is_named(api, alice, conversation):
    messages = [HELLO, 5, HELLO | {"role": "nobody"}, {"role": "user"}]
    fields = ("messages.1", "messages.2.role", "messages.3.content")
    assert_problem(api(alice).post(PATH, saying(conversation, messages)), 400, "invalid_input", *fields)
    assert not users_jobs().exists()


@pytest.mark.parametrize("messages", [[], [HELLO] * 101, {}, None, "hello", 1])
def test_a_list_of_1_to_100_is_wanted(api, alice, conversation, messages):
    assert_problem(api(alice).post(PATH, saying(conversation, messages)), 400, "invalid_input", "messages")
    assert not users_jobs().exists()


def test_a_list_that_is_far_too_long_costs_no_time(api, alice, conversation):
    began = time.process_time()
    response = api(alice).post(PATH, saying(conversation, [1] * 80_000))
    assert_problem(response, 400, "invalid_input", "messages")
    assert len(response.content) < 1000
    assert time.process_time() - began < 1


def test_a_stranger_is_refused(api, bob, conversation):
    assert_problem(api(bob).post(PATH, saying(conversation, [HELLO])), 404, "conversation_not_found")
    assert not users_jobs().exists()


def test_nobody_is_refused(api, conversation):
    assert_problem(api(None).post(PATH, saying(conversation, [HELLO])), 401, "unauthorized")
