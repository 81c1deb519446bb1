"""What is read from the cache is never older than the last commit, also when another process made it."""

import pytest

from chat.models import Conversation
from clubs.choices import MetricName
from clubs.corrections import correct, remove
from clubs.merging import merge
from clubs.models import Member
from guilds.models import Role
from slimy.jobs.queue import add_job
from tests.club import accept, on_day, row
from tests.conftest import GUILD, running_worker, wait_for_all_jobs

pytestmark = pytest.mark.django_db(transaction=True)


def say(owner, conversation, text="hello"):
    message = {"role": "user", "content": text}
    return add_job("database", "save_message", {"conversationId": str(conversation.pk), "message": message}, owner)


def test_a_message_saved_by_the_worker_is_in_every_next_read(alice, joined, api):
    client = api(joined(alice, Role.MEMBER))
    conversation = Conversation.objects.create(owner=alice)
    messages = f"/api/chat/conversations/{conversation.pk}/messages"

    def seen():
        analytics = client.get(f"/api/guilds/{GUILD}/analytics").json()["analytics"]
        return (
            len(client.get(messages).json()["messages"]),
            client.get("/api/users/me").json()["user"]["counts"]["messages"],
            analytics["activity"][-1]["messages"],
        )

    with running_worker():
        for count in range(4):
            assert seen() == (count, count, count)
            say(alice, conversation, str(count))
            wait_for_all_jobs()


def test_a_deleted_conversation_is_gone_from_the_counts(alice, api, work):
    client = api(alice)
    conversation = Conversation.objects.create(owner=alice)
    say(alice, conversation)
    work()
    assert client.get("/api/users/me").json()["user"]["counts"] == {"conversations": 1, "messages": 1}
    client.delete(f"/api/chat/conversations/{conversation.pk}")
    work()
    assert client.get("/api/users/me").json()["user"]["counts"] == {"conversations": 0, "messages": 0}


def test_a_cached_page_is_still_only_its_owners(alice, bob, api):
    conversation = Conversation.objects.create(owner=alice)
    path = f"/api/chat/conversations/{conversation.pk}/messages"
    assert api(alice).get(path).status_code == 200
    assert api(bob).get(path).status_code == 404


def test_scans_corrections_and_merges_of_a_club_are_in_the_next_analytics(alice, joined, api, work):
    client = api(joined(alice, Role.CLUB))

    def club():
        return client.get(f"/api/guilds/{GUILD}/analytics").json()["analytics"]["club"]

    nothing = {"members": 0, "simPower": None, "totalPower": None, "simChange": None, "totalChange": None}
    assert club() == club() == nothing
    accept(alice, [row("Stone", sim=100, total=1_000), row("Rukei", sim=300)])
    work()
    assert club() == nothing | {"members": 2, "simPower": 400, "totalPower": 1_000}
    accept(alice, [row("Stone", sim=150), row("Newcomer", sim=50)], on_day(7), complete=True)
    work()
    assert club() == {"members": 2, "simPower": 200, "totalPower": 1_000, "simChange": 50.0, "totalChange": None}
    stone, newcomer = (Member.objects.get(display_name=name) for name in ("Stone", "Newcomer"))
    correction = correct(stone, MetricName.SIM, on_day(7).date(), 200, "misread", alice)
    assert club()["simChange"] == 100.0
    remove(correction, alice)
    assert club()["simChange"] == 50.0
    merge(stone, newcomer, alice)
    assert (club()["members"], club()["simPower"]) == (1, 150)
