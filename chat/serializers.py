"""Conversations and messages on the wire: payloads of jobs, queries and answers."""

from typing import Any

from rest_framework import serializers

from chat.models import Conversation, Message, PersonalityMode, Role
from slimy.jobs.serializers import AcceptedDocument
from slimy.paging import ID, NUMBER, TIME, CursorField, Key, PageQuery
from slimy.snowflakes import SnowflakeField
from slimy.wire import (
    ChoiceField,
    DigitsField,
    IdField,
    InstantField,
    ItemsField,
    TextField,
    WholeNumberField,
    WireSerializer,
    instant,
)

LAST_CHANGED_FIRST = Key(updated_at=TIME, pk=ID)
OLDEST_FIRST = Key(position=NUMBER)


class ConversationData(WireSerializer):
    """Payload of `create_conversation`."""

    title = TextField(max_length=200, required=False, allow_blank=True)
    personality_mode = ChoiceField(choices=PersonalityMode.values, default=PersonalityMode.HELPFUL.value)


class MessageData(WireSerializer):
    """One message of a payload."""

    role = ChoiceField(choices=Role.values)
    content = TextField(min_length=1, max_length=4000)
    personality_mode = ChoiceField(choices=PersonalityMode.values, required=False)


class OfConversation(WireSerializer):
    """Payload that names a conversation."""

    conversation_id = IdField()


class SaveMessage(OfConversation):
    """Payload of `save_message`."""

    message = MessageData()


class SaveMessages(OfConversation):
    """Payload of `save_messages`."""

    messages = ItemsField(child=MessageData(), min_length=1, max_length=100)


class ConversationChange(WireSerializer):
    """Body of `PATCH /api/chat/conversations/<id>`."""

    title = TextField(max_length=200, allow_blank=True)
    if_unmodified_since = InstantField(required=False)
    version = WholeNumberField(min_value=0, max_value=2**31 - 1, required=False)


class UpdateConversation(OfConversation, ConversationChange):
    """Payload of `update_conversation`."""


class GetConversations(WireSerializer):
    """Payload of `get_conversations`."""

    limit = WholeNumberField(min_value=1, max_value=100, default=20)


class GetMessages(OfConversation):
    """Payload of `get_messages`."""

    limit = WholeNumberField(min_value=1, max_value=200, default=50)


class AskBot(WireSerializer):
    """Payload of `chat_bot_interaction`."""

    prompt = TextField(min_length=1, max_length=2000)
    guild_id = SnowflakeField(required=False, help_text="Whose personality answers; the caller is in this guild.")
    conversation_id = IdField(required=False, help_text="Where prompt and reply become messages.")
    personality_mode = ChoiceField(
        choices=PersonalityMode.values, required=False, help_text="By default that of the conversation, or helpful."
    )


class ConversationsQuery(PageQuery):
    """Query of `GET /api/chat/conversations`."""

    cursor = CursorField(LAST_CHANGED_FIRST, required=False, help_text="`nextCursor` of the page before.")


class MessagesQuery(PageQuery):
    """Query of `GET /api/chat/conversations/<id>/messages`."""

    limit = DigitsField(min_value=1, max_value=200, default=50, help_text="Rows of a page at most.")
    cursor = CursorField(OLDEST_FIRST, required=False, help_text="`nextCursor` of the page before.")


class ConversationDocument(WireSerializer):
    """A conversation in a list."""

    id = IdField()
    title = TextField()
    personality_mode = ChoiceField(choices=PersonalityMode.values)
    created_at = InstantField()
    updated_at = InstantField()
    message_count = WholeNumberField(min_value=0)
    version = WholeNumberField(min_value=1, help_text="Also the ETag; counts changes of the title.")


class MessageDocument(WireSerializer):
    """A message."""

    id = IdField()
    role = ChoiceField(choices=Role.values)
    content = TextField()
    personality_mode = ChoiceField(choices=PersonalityMode.values, allow_null=True)
    created_at = InstantField()


class ConversationWithMessages(ConversationDocument):
    """A conversation with its oldest messages."""

    messages = MessageDocument(many=True)


class ConversationsAnswer(WireSerializer):
    """A page of conversations, last changed first."""

    ok = serializers.BooleanField()
    conversations = ConversationDocument(many=True)
    next_cursor = TextField(allow_null=True)


class ConversationAnswer(WireSerializer):
    """One conversation; `nextCursor` leads to the messages that don't fit."""

    ok = serializers.BooleanField()
    conversation = ConversationWithMessages()
    next_cursor = TextField(allow_null=True)


class MessagesAnswer(WireSerializer):
    """A page of messages, oldest first."""

    ok = serializers.BooleanField()
    messages = MessageDocument(many=True)
    next_cursor = TextField(allow_null=True)


class ConversationAccepted(AcceptedDocument):
    """The job is in the ledger; messages can be posted to the conversation at once."""

    conversation_id = IdField()


def conversation_document(conversation: Conversation) -> dict[str, Any]:
    """A conversation as JSON."""
    return {
        "id": str(conversation.pk),
        "title": conversation.title,
        "personalityMode": conversation.personality_mode,
        "createdAt": instant(conversation.created_at),
        "updatedAt": instant(conversation.updated_at),
        "messageCount": conversation.message_count,
        "version": conversation.version,
    }


def message_document(message: Message) -> dict[str, Any]:
    """A message as JSON."""
    return {
        "id": str(message.pk),
        "role": message.role,
        "content": message.content,
        "personalityMode": message.personality_mode or None,
        "createdAt": instant(message.created_at),
    }
