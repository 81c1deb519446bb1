"""GET /api/chat/conversations/<id> and …/messages."""

import pytest

from chat.models import Conversation, Message
from tests.conftest import assert_problem


def path(conversation):
    return f"/api/chat/conversations/{conversation.pk}"


def say(conversation, count, first=0):
    Message.objects.bulk_create(
        Message(conversation=conversation, position=number, role="user", content=str(number))
        for number in range(first, first + count)
    )


def contents(messages):
    return [message["content"] for message in messages]


def test_a_conversation_comes_with_its_messages_oldest_first(api, alice, conversation):
    say(conversation, 3)
    answer = api(alice).get(path(conversation)).json()
    assert answer["ok"] is True
    assert answer["nextCursor"] is None
    assert answer["conversation"]["title"] == "Sim power"
    messages = answer["conversation"]["messages"]
    assert contents(messages) == ["0", "1", "2"]
    assert set(messages[0]) == {"id", "role", "content", "personalityMode", "createdAt"}
    assert messages[0]["personalityMode"] is None


def test_what_doesnt_fit_into_a_conversation_follows_page_by_page(api, alice, conversation):
    say(conversation, 205)
    client = api(alice)
    answer = client.get(path(conversation)).json()
    assert len(answer["conversation"]["messages"]) == 200
    rest = client.get(f"{path(conversation)}/messages?cursor={answer['nextCursor']}").json()
    assert contents(rest["messages"]) == ["200", "201", "202", "203", "204"]
    assert rest["nextCursor"] is None


@pytest.mark.parametrize("limit", [1, 3, 7, 200])
def test_pages_show_each_message_once_and_in_order(api, alice, conversation, limit):
    say(conversation, 7)
    client, found, cursor = api(alice), [], ""
    while cursor is not None:
        page = client.get(f"{path(conversation)}/messages?limit={limit}{cursor and f'&cursor={cursor}'}").json()
        found += contents(page["messages"])
        cursor = page["nextCursor"]
    assert found == ["0", "1", "2", "3", "4", "5", "6"]


def test_messages_that_come_meanwhile_dont_disturb_the_pages(api, alice, conversation):
    say(conversation, 4)
    client = api(alice)
    cursor = client.get(f"{path(conversation)}/messages?limit=3").json()["nextCursor"]
    say(conversation, 1, first=4)
    assert contents(client.get(f"{path(conversation)}/messages?cursor={cursor}").json()["messages"]) == ["3", "4"]


@pytest.mark.parametrize("below", ["", "/messages"])
@pytest.mark.parametrize("count", [0, 60])
def test_it_takes_three_statements_however_many_there_are(
    api, alice, conversation, django_assert_num_queries, below, count
):
    say(conversation, count)
    client = api(alice)
    with django_assert_num_queries(3):  # who asks, the conversation, the messages
        assert client.get(path(conversation) + below).status_code == 200


@pytest.mark.parametrize("below", ["", "/messages"])
def test_a_stranger_is_told_that_there_is_none(api, bob, conversation, below):
    assert_problem(api(bob).get(path(conversation) + below), 404, "conversation_not_found")


@pytest.mark.usefixtures("rings")
def test_a_conversation_that_is_still_being_created_isnt_there_yet(api, alice, work):
    client = api(alice)
    id = client.post("/api/chat/conversations", {}).json()["conversationId"]
    assert_problem(client.get(f"/api/chat/conversations/{id}"), 404, "conversation_not_found")
    work()
    assert client.get(f"/api/chat/conversations/{id}").status_code == 200


def test_another_conversations_cursor_shows_nothing_of_it(api, alice, bob, conversation):
    say(conversation, 5)
    bobs = Conversation.objects.create(owner=bob)
    assert api(bob).get(f"{path(bobs)}/messages?cursor=2").json()["messages"] == []


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1~2", "%00", "%FF", "9" * 19, "1 ", "%D9%A3"])
def test_what_isnt_a_cursor_is_refused(api, alice, conversation, cursor):
    assert_problem(api(alice).get(f"{path(conversation)}/messages?cursor={cursor}"), 400, "invalid_input", "cursor")


@pytest.mark.parametrize("limit", ["0", "201", "x"])
def test_bad_limits_are_refused(api, alice, conversation, limit):
    assert_problem(api(alice).get(f"{path(conversation)}/messages?limit={limit}"), 400, "invalid_input", "limit")
