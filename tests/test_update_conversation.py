"""PATCH /api/chat/conversations/<id>."""

import pytest

from chat.models import Conversation
from slimy.wire import instant
from tests.conftest import assert_problem, users_jobs

pytestmark = pytest.mark.usefixtures("rings")


def path(conversation):
    return f"/api/chat/conversations/{conversation.pk}"


@pytest.mark.parametrize("title", ["Total power", ""])
def test_it_changes_the_title(api, alice, conversation, work, title):
    before = conversation.updated_at
    client = api(alice)
    accepted = client.patch(path(conversation), {"title": title})
    assert accepted.status_code == 202
    work()
    conversation.refresh_from_db()
    assert conversation.title == title
    assert conversation.updated_at > before
    assert client.get(accepted["Location"]).json()["result"] == {
        "conversationId": str(conversation.pk),
        "updatedAt": instant(conversation.updated_at),
    }


def test_it_changes_nothing_that_was_changed_since(api, alice, conversation, work):
    client = api(alice)
    read = instant(conversation.updated_at)
    accepted = client.patch(path(conversation), {"title": "mine", "ifUnmodifiedSince": read})
    Conversation.objects.filter(pk=conversation.pk).update(title="theirs", updated_at="2100-01-01T00:00:00Z")
    work()
    conversation.refresh_from_db()
    assert conversation.title == "theirs"
    job = client.get(accepted["Location"]).json()
    assert (job["status"], job["errorCode"]) == ("failed", "conflict")


def test_it_changes_what_is_as_it_was_read(api, alice, conversation, work):
    client = api(alice)
    read = client.get(path(conversation)).json()["conversation"]["updatedAt"]
    client.patch(path(conversation), {"title": "mine", "ifUnmodifiedSince": read})
    work()
    conversation.refresh_from_db()
    assert conversation.title == "mine"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"title": 1}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "x", "conversationId": "01a208f2-79bf-708c-ab1c-4e0138b27d4e"}, "conversationId"),
        ({"title": "x", "messageCount": 7}, "messageCount"),
        ([], "body"),
        ({"title": "x", "ifUnmodifiedSince": 5}, "ifUnmodifiedSince"),
        ({"title": "x", "ifUnmodifiedSince": "2020-01-01"}, "ifUnmodifiedSince"),
        ({"title": "x", "ifUnmodifiedSince": "2020-01-01T00:00:00"}, "ifUnmodifiedSince"),
        ({"title": "x", "ifUnmodifiedSince": "2020-W01-1T00:00:00Z"}, "ifUnmodifiedSince"),
        ({"title": "x", "ifUnmodifiedSince": "2020-02-30T00:00:00Z"}, "ifUnmodifiedSince"),
        ({"title": "x", "ifUnmodifiedSince": "0001-01-01T00:00:00+23:59"}, "ifUnmodifiedSince"),
        ({"title": "x", "ifUnmodifiedSince": "9999-12-31T23:59:59-23:59"}, "ifUnmodifiedSince"),
    ],
)
def test_bad_fields_are_named(api, alice, conversation, body, field):
    assert_problem(api(alice).patch(path(conversation), body), 400, "invalid_input", field)
    assert not users_jobs().exists()


def test_a_stranger_is_refused(api, bob, conversation):
    assert_problem(api(bob).patch(path(conversation), {"title": "mine"}), 404, "conversation_not_found")
    assert not users_jobs().exists()


def test_a_stranger_cant_name_somebody_elses_conversation_in_the_body(api, bob, conversation):
    own = Conversation.objects.create(owner=bob)
    body = {"title": "mine", "conversationId": str(conversation.pk)}
    assert_problem(api(bob).patch(path(own), body), 400, "invalid_input", "conversationId")
