"""Optimistic concurrency of conversations: what was changed since it was read is not overwritten."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.http import http_date

from chat.models import Conversation
from slimy.jobs.queue import add_job
from slimy.wire import instant
from tests.conftest import users_jobs

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def conversation(alice):
    return Conversation.objects.create(owner=alice, title="First")


@pytest.fixture
def client(alice, api):
    return api(alice)


def path(conversation):
    return f"/api/chat/conversations/{conversation.pk}"


def title(conversation):
    conversation.refresh_from_db()
    return conversation.title


def test_the_etag_is_the_version_and_moves_with_the_title(client, conversation, work):
    assert client.get(path(conversation))["ETag"] == '"1"'
    client.patch(path(conversation), {"title": "Second"}, format="json")
    work()
    read = client.get(path(conversation))
    assert (read["ETag"], read.json()["conversation"]["version"]) == ('"2"', 2)


@pytest.mark.parametrize(
    ("etag", "status"), [('"1"', 202), ("*", 202), ('"0"', 412), ('"2"', 412), ("1", 412), ('W/"1"', 412)]
)
def test_if_match_decides_at_the_door(client, conversation, work, etag, status):
    answer = client.patch(path(conversation), {"title": "Second"}, format="json", headers={"If-Match": etag})
    assert answer.status_code == status
    work()
    assert title(conversation) == ("Second" if status == 202 else "First")


@pytest.mark.parametrize(("age", "status"), [(0, 202), (-3600, 412)])
def test_if_unmodified_since_decides_at_the_door(client, conversation, work, age, status):
    since = http_date((datetime.now(UTC) + timedelta(seconds=age)).timestamp())
    headers = {"If-Unmodified-Since": since}
    assert client.patch(path(conversation), {"title": "x"}, format="json", headers=headers).status_code == status
    work()


def test_of_two_changes_of_one_version_the_second_fails_and_overwrites_nothing(client, conversation, work):
    for text in ("Hers", "His"):
        answer = client.patch(path(conversation), {"title": text}, format="json", headers={"If-Match": '"1"'})
        assert answer.status_code == 202
    work()
    late = users_jobs().order_by("number").last()
    assert (late.status, late.attempts, late.errors[0]["code"]) == ("failed", 1, "conflict")
    assert title(conversation) == "Hers"


@pytest.mark.parametrize("stale", [{"version": 7}, {"ifUnmodifiedSince": "2020-01-01T00:00:00Z"}])
def test_a_stale_job_fails_for_good(alice, conversation, work, stale):
    job = add_job(
        "database", "update_conversation", {"conversationId": str(conversation.pk), "title": "x", **stale}, alice
    )
    work()
    job.refresh_from_db()
    assert (job.status, job.errors[0]["code"], title(conversation)) == ("failed", "conflict", "First")


def test_what_was_read_last_is_fresh_enough(alice, conversation, work):
    fresh = {"ifUnmodifiedSince": instant(conversation.updated_at), "version": conversation.version}
    job = add_job(
        "database", "update_conversation", {"conversationId": str(conversation.pk), "title": "x", **fresh}, alice
    )
    work()
    job.refresh_from_db()
    assert job.status == "completed"
