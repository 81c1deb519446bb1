"""GET /api/chat/conversations."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chat.models import Conversation
from slimy.wire import instant
from tests.conftest import assert_problem

PATH = "/api/chat/conversations"


def walk(client, limit):
    """All titles, page after page."""
    titles, cursor = [], ""
    while cursor is not None:
        answer = client.get(f"{PATH}?limit={limit}{cursor and f'&cursor={cursor}'}").json()
        assert len(answer["conversations"]) <= limit
        titles += [conversation["title"] for conversation in answer["conversations"]]
        cursor = answer["nextCursor"]
    return titles


def test_it_shows_all_there_is_to_know(api, alice, conversation):
    assert api(alice).get(PATH).json() == {
        "ok": True,
        "conversations": [
            {
                "id": str(conversation.pk),
                "title": "Sim power",
                "personalityMode": "helpful",
                "createdAt": instant(conversation.created_at),
                "updatedAt": instant(conversation.updated_at),
                "messageCount": 0,
                "version": 1,
            }
        ],
        "nextCursor": None,
    }


@pytest.mark.parametrize("count", [0, 3, 100])
def test_it_takes_two_statements_however_many_there_are(api, alice, django_assert_num_queries, count):
    Conversation.objects.bulk_create(Conversation(owner=alice) for _ in range(count))
    client = api(alice)
    with django_assert_num_queries(2):  # who asks, and the page with its counts
        assert len(client.get(f"{PATH}?limit=100").json()["conversations"]) == count


@pytest.mark.usefixtures("rings")
def test_the_counts_are_exact(api, alice, work):
    client = api(alice)
    for count in (0, 1, 3):
        id = client.post(PATH, {"title": str(count)}).json()["conversationId"]
        for _ in range(count):
            client.post("/api/chat/messages", {"conversationId": id, "message": {"role": "user", "content": "x"}})
    many = [{"role": "user", "content": "x"}] * 7
    client.post("/api/chat/messages/bulk", {"conversationId": id, "messages": many})
    work()
    listed = client.get(PATH).json()["conversations"]
    assert {conversation["title"]: conversation["messageCount"] for conversation in listed} == {"0": 0, "1": 1, "3": 10}


def test_what_changed_last_comes_first(api, alice):
    for title, hours in (("old", 5), ("new", 1), ("older", 9)):
        Conversation.objects.create(owner=alice, title=title, updated_at=timezone.now() - timedelta(hours=hours))
    assert walk(api(alice), 20) == ["new", "old", "older"]


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_paging_shows_each_once_also_those_changed_at_the_same_instant(api, alice, limit):
    now = timezone.now()
    Conversation.objects.bulk_create(
        Conversation(owner=alice, title=str(number), updated_at=now - timedelta(seconds=number // 3))
        for number in range(7)
    )
    titles = walk(api(alice), limit)
    assert sorted(titles) == ["0", "1", "2", "3", "4", "5", "6"]
    assert titles == walk(api(alice), 100)


def test_everybody_sees_only_their_own(api, alice, bob, charlie, conversation):
    Conversation.objects.create(owner=bob, title="Bob's")
    assert walk(api(alice), 20) == ["Sim power"]
    assert walk(api(bob), 20) == ["Bob's"]
    assert walk(api(charlie), 20) == []


def test_a_made_up_cursor_shows_nobody_elses(api, alice, bob, conversation):
    Conversation.objects.create(owner=bob, title="Bob's")
    cursor = f"{9 * 10**15}~{conversation.pk}"
    listed = api(bob).get(f"{PATH}?cursor={cursor}").json()["conversations"]
    assert [found["title"] for found in listed] == ["Bob's"]


@pytest.mark.parametrize(
    "limit", ["0", "101", "-1", "abc", "", "1.0", "1e1", "%201", "1_0", "%D9%A3", "9" * 20, "true"]
)
def test_bad_limits_are_refused(api, alice, limit):
    assert_problem(api(alice).get(f"{PATH}?limit={limit}"), 400, "invalid_input", "limit")


def test_20_is_the_default(api, alice):
    Conversation.objects.bulk_create(Conversation(owner=alice) for _ in range(21))
    answer = api(alice).get(PATH).json()
    assert len(answer["conversations"]) == 20
    assert answer["nextCursor"]


def test_nobody_sees_nothing(api, conversation):
    assert_problem(api(None).get(PATH), 401, "unauthorized")
