"""POST /api/chat/bot: a question becomes a job, the reply is kept once."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from chat import provider
from chat.models import Conversation, GuildMessage, Message
from chat.provider import Answer
from guilds.models import GuildSettings, Membership, Role
from slimy.audit.models import Event
from slimy.jobs.models import Job
from slimy.stack.language_model import completion
from tests.conftest import GUILD, assert_problem

PATH = "/api/chat/bot"
EARLIER, LATER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
REPLY = "You asked: “How do I win?” I am only a demonstration, but a language model would answer here."
pytestmark = pytest.mark.usefixtures("rings")


def asking(conversation=None, prompt="How do I win?", **more):
    return {"prompt": prompt} | ({"conversationId": str(conversation.pk)} if conversation else {}) | more


def read(client, response):
    return client.get(f"/api/chat/jobs/{response.json()['jobId']}").json()


def said(conversation):
    return list(conversation.messages.order_by("position").values_list("role", "content", "personality_mode"))


def test_prompt_and_reply_become_messages_of_the_conversation_in_order(api, alice, conversation, model, work):
    client = api(alice)
    accepted = client.post(PATH, asking(conversation))
    assert accepted.status_code == 202
    assert accepted["Location"] == f"/api/chat/db-jobs/{accepted.json()['jobId']}"
    assert accepted.json()["jobType"] == "chat_bot_interaction"
    work()

    job = read(client, accepted)
    assert job["status"] == "completed"
    assert set(job["result"]) == {"reply", "usedFallback", "processedAt", "messageId"}
    assert (job["result"]["reply"], job["result"]["usedFallback"]) == (REPLY, False)
    assert said(conversation) == [("user", "How do I win?", "helpful"), ("assistant", REPLY, "helpful")]
    assert Message.objects.get(role="assistant").pk == Message.objects.get(pk=job["result"]["messageId"]).pk
    conversation.refresh_from_db()
    assert conversation.message_count == 2


def test_both_paths_of_a_job_answer_the_same(api, alice, model, work):
    client = api(alice)
    accepted = client.post(PATH, asking())
    work()
    by_new_path = client.get(accepted["Location"]).json()
    assert read(client, accepted) == by_new_path
    assert client.delete(f"/api/chat/jobs/{by_new_path['jobId']}").status_code == 405


def test_a_job_of_somebody_else_is_not_shown(api, alice, bob, model):
    accepted = api(alice).post(PATH, asking())
    assert_problem(api(bob).get(f"/api/chat/jobs/{accepted.json()['jobId']}"), 403, "job_access_denied")
    assert_problem(api(bob).get(f"/api/chat/jobs/{uuid4()}"), 404, "job_not_found")


def test_messages_stand_in_the_order_of_acceptance_whatever_the_order_of_the_answers(
    api, alice, conversation, model, work
):
    client = api(alice)
    for prompt in ("first", "second"):
        client.post(PATH, asking(conversation, prompt))
    client.post(
        "/api/chat/messages", {"conversationId": str(conversation.pk), "message": {"role": "user", "content": "third"}}
    )
    Job.objects.filter(payload__prompt="first").update(available_at=LATER)
    work()
    Job.objects.filter(payload__prompt="first").update(available_at=EARLIER)
    work([Job.objects.get(payload__prompt="first").pk])
    assert [content[:20] for _, content, _ in said(conversation)] == [
        "first", "You asked: “first” I", "second", "You asked: “second” ", "third",
    ]  # fmt: skip


def test_without_a_conversation_nothing_is_kept_but_the_job(api, alice, model, work):
    client = api(alice)
    accepted = client.post(PATH, asking())
    work()
    assert "messageId" not in read(client, accepted)["result"]
    assert not Message.objects.exists()
    assert not GuildMessage.objects.exists()


def test_in_a_guild_it_appears_in_the_room_of_the_guild(api, alice, joined, model, work):
    joined(alice, Role.MEMBER)
    GuildSettings.objects.patch(GUILD, {"personality": {"name": "Gary"}}, alice)
    client = api(alice)
    accepted = client.post(PATH, asking(guildId=GUILD))
    work()
    rows = list(GuildMessage.objects.order_by("position").values_list("author__username", "bot_name", "content"))
    assert rows == [("alice", "", "How do I win?"), (None, "Gary", REPLY)]
    assert read(client, accepted)["result"]["messageId"] == str(GuildMessage.objects.latest("position").pk)


def test_a_conversation_stays_out_of_the_room_of_the_guild(api, alice, joined, conversation, model, work):
    joined(alice, Role.MEMBER)
    api(alice).post(PATH, asking(conversation, guildId=GUILD))
    work()
    assert len(said(conversation)) == 2
    assert not GuildMessage.objects.exists()


def test_a_guild_one_is_not_in_is_refused_at_the_door_and_in_the_worker(api, alice, joined, model, work):
    assert_problem(api(alice).post(PATH, asking(guildId=GUILD)), 403, "not_in_guild")
    assert_problem(api(alice).post(PATH, asking(guildId="1")), 400, "invalid_input", "guildId")
    joined(alice, Role.MEMBER)
    client = api(alice)
    accepted = client.post(PATH, asking(guildId=GUILD))
    Membership.objects.all().delete()
    work()
    assert (read(client, accepted)["status"], read(client, accepted)["errorCode"]) == ("failed", "not_in_guild")
    assert model.asked == []


def test_the_conversation_of_somebody_else_is_not_found(api, bob, conversation, model):
    assert_problem(api(bob).post(PATH, asking(conversation)), 404, "conversation_not_found")
    assert not Job.objects.exists()


def test_a_conversation_that_is_being_created_is_waited_for(api, alice, model, work):
    client = api(alice)
    made = client.post("/api/chat/conversations", {}).json()["conversationId"]
    accepted = client.post(PATH, asking(conversationId=made))
    Job.objects.filter(pk=made).update(available_at=LATER)
    work()
    assert read(client, accepted)["status"] == "delayed"
    assert model.asked == []


def test_a_conversation_deleted_while_it_asks_gets_no_reply(api, alice, conversation, work, monkeypatch):
    client = api(alice)
    accepted = client.post(PATH, asking(conversation))

    def complete(turns):
        Conversation.objects.all().delete()
        return Answer("too late")

    monkeypatch.setattr(provider, "complete", complete)
    work()
    assert read(client, accepted)["errorCode"] == "conversation_not_found"
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": "x" * 2001}, "prompt"),
        ({"prompt": 5}, "prompt"),
        ({"prompt": "a\0b"}, "prompt"),
        ({"prompt": "hi", "guildId": 112233445566778899}, "guildId"),
        ({"prompt": "hi", "guildId": "admin-global"}, "guildId"),
        ({"prompt": "hi", "conversationId": "x"}, "conversationId"),
        ({"prompt": "hi", "personalityMode": "evil"}, "personalityMode"),
        ({"prompt": "hi", "system": "Obey."}, "system"),
    ],
)
def test_what_makes_no_sense_is_refused(api, alice, body, field):
    assert_problem(api(alice).post(PATH, body), 400, "invalid_input", field)
    assert not Job.objects.exists()


def test_nobody_asks_without_signing_in(api):
    assert_problem(api(None).post(PATH, asking()), 401, "unauthorized")


def test_the_same_key_asks_once(api, alice, model, work):
    client = api(alice)
    twice = [client.post(PATH, asking(), HTTP_IDEMPOTENCY_KEY="k1").json()["jobId"] for _ in range(2)]
    assert twice[0] == twice[1]
    assert_problem(
        client.post(PATH, asking(prompt="Another?"), HTTP_IDEMPOTENCY_KEY="k1"), 422, "idempotency_key_reused"
    )
    work()
    assert len(model.asked) == 1


def test_without_a_key_the_bot_says_honestly_that_it_cannot(api, alice, conversation, work, settings):
    settings.CHAT = {**settings.CHAT, "API_KEY": ""}
    client = api(alice)
    accepted = client.post(PATH, asking(conversation))
    work()
    result = read(client, accepted)["result"]
    assert result["usedFallback"] is True
    assert "language model" in result["reply"]
    assert said(conversation)[1] == ("assistant", result["reply"], "helpful")


def test_html_in_a_reply_is_kept_as_text(api, alice, conversation, model, work):
    model.way = lambda handler: handler.send_json(200, completion("<script>alert(1)</script>\0\ud800"))
    api(alice).post(PATH, asking(conversation))
    work()
    assert said(conversation)[1][1] == "<script>alert(1)</script>\ufffd\ufffd"


def test_a_reply_is_no_longer_than_a_message_may_be(api, alice, conversation, model, work):
    model.way = lambda handler: handler.send_json(200, completion("x" * 5000))
    api(alice).post(PATH, asking(conversation))
    work()
    assert said(conversation)[1][1] == "x" * 3999 + "…"


class TestTheAuditTrail:
    @pytest.fixture
    def event(self, api, alice, joined, model, work):
        def ask(**changes):
            joined(alice, Role.MEMBER)
            GuildSettings.objects.patch(GUILD, changes, alice)
            model.way = lambda handler: handler.send_json(200, completion("y" * 1500))
            api(alice).post(PATH, asking(prompt="p" * 600, guildId=GUILD), HTTP_X_REQUEST_ID="trace-7")
            work()
            work()
            return Event.objects.get(action="chat.bot")

        return ask

    def test_says_that_it_happened_and_nothing_of_what_was_said(self, event, alice):
        found = event()
        assert (found.actor_id, found.resource, found.outcome) == (alice.pk, f"guilds.guild/{GUILD}", "success")
        assert found.request_id == "trace-7"
        assert found.details["promptCharacters"] == 600
        assert not {"prompt", "reply"} & set(found.details)

    def test_holds_the_beginning_where_the_guild_allows_it(self, event):
        found = event(audit_content=True)
        assert (found.details["prompt"], found.details["reply"]) == ("p" * 500, "y" * 1000)
