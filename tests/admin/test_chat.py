"""Conversations and messages in the admin."""

from uuid import uuid4

import pytest

from chat.models import Conversation, GuildMessage, Message
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from tests.admin.conftest import text

pytestmark = pytest.mark.django_db


def test_a_conversation_shows_its_newest_messages(vera, conversation):
    page = text(vera.get(f"/admin/chat/conversation/{conversation.pk}/change/"))
    assert "Newest 50 of 60 messages" in page
    assert "number 59." in page
    assert "number 10." in page
    assert "number 9." not in page
    everything = f"/admin/chat/message/?conversation__id__exact={conversation.pk}"
    assert everything in page
    assert "60 messages" in text(vera.get(everything))


def test_messages_are_found(vera, conversation):
    def messages(query):
        return len(vera.get(f"/admin/chat/message/?{query}").context["cl"].result_list)

    first = conversation.messages.earliest("position")
    assert messages("q=%22number+7.%22") == 1
    assert messages(f"q=%22number+7.%22&conversation__id__exact={conversation.pk}") == 1
    assert messages(f"q={first.pk}") == 1
    assert messages(f"q={conversation.pk}") == 50
    assert messages(f"q={uuid4()}") == 0


def test_the_text_of_all_messages_is_searched_only_among_the_newest(vera, conversation, monkeypatch):
    monkeypatch.setattr("chat.admin.SEARCHED", 10)
    kept = set(conversation.messages.order_by("-id")[:10])
    response = vera.get("/admin/chat/message/?q=number")
    assert set(response.context["cl"].result_list) == kept


def test_messages_are_never_deleted_alone(root, conversation):
    message = conversation.messages.first()
    assert root.post(f"/admin/chat/message/{message.pk}/delete/", {"post": "yes"}).status_code == 403
    root.post("/admin/chat/message/", {"action": "delete_selected", "_selected_action": str(message.pk), "post": "yes"})
    assert conversation.messages.count() == 60


def test_a_conversation_is_deleted_with_its_messages(olga, conversation, django_assert_max_num_queries):
    page = f"/admin/chat/conversation/{conversation.pk}/delete/"
    with django_assert_max_num_queries(8):
        asked = text(olga.get(page))
    assert "Messages: 60" in asked
    assert "number 1." not in asked
    olga.post(page, {"post": "yes"})
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()


def test_conversations_are_deleted_together(olga, vera, alice, conversation):
    other = Conversation.objects.create(owner=alice)
    chosen = {"action": "delete_selected", "_selected_action": [str(conversation.pk), str(other.pk)]}
    vera.post("/admin/chat/conversation/", {**chosen, "post": "yes"})
    assert Conversation.objects.count() == 2
    assert "Conversations: 2" in text(olga.post("/admin/chat/conversation/", {**chosen, "index": 0}))
    olga.post("/admin/chat/conversation/", {**chosen, "post": "yes"})
    assert not Conversation.objects.exists()


def test_what_is_said_in_rooms_is_found_by_guild_author_and_audience(root, bob, guild):
    for number, (author, more) in enumerate([(bob, {}), (bob, {"admin_only": True}), (None, {"bot_name": "Gary"})]):
        GuildMessage.objects.create(guild=guild, author=author, content=f"<i>{number}</i>", position=number, **more)
    GuildMessage.objects.create(guild=None, author=bob, content="to all admins", position=9, admin_only=True)

    def shown(query):
        response = root.get(f"/admin/chat/guildmessage/?{query}")
        return [message.content for message in response.context["cl"].result_list]

    assert shown("") == ["to all admins", "<i>2</i>", "<i>1</i>", "<i>0</i>"]
    assert shown("admin_only__exact=0") == ["<i>2</i>", "<i>0</i>"]
    assert shown("q=Gary") == ["<i>2</i>"]
    page = text(root.get("/admin/chat/guildmessage/"))
    assert "&lt;i&gt;2&lt;/i&gt;" in page
    assert "admin-global" in page


def test_rooms_are_only_looked_at(root, vera, guild):
    message = GuildMessage.objects.create(guild=guild, content="hi", position=1, bot_name="Gary")
    page = f"/admin/chat/guildmessage/{message.pk}/change/"
    assert "Gary" in text(root.get(page))
    assert root.post(page, {"content": "changed"}).status_code == 403
    assert root.post(f"/admin/chat/guildmessage/{message.pk}/delete/", {"post": "yes"}).status_code == 403
    assert vera.get(page).status_code == 403


def test_a_job_shows_how_far_it_is(vera, alice):
    job = add_job("chat", "chat_bot_interaction", {"prompt": "hi"}, alice)
    claim = Job.objects.claim([job.pk], "worker-1", ["chat"], alone=True)
    Job.objects.note_progress(claim.token, '{"done": 1, "total": 3, "current": "<asking>"}')
    assert "1 of 3, &lt;asking&gt;" in text(vera.get(f"/admin/jobs/job/{job.pk}/change/"))
