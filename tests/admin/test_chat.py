"""Conversations and messages in the admin."""

from uuid import uuid4

import pytest

from chat.models import Conversation, Message
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
