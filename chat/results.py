"""What the chat's jobs answer, for the OpenAPI document."""

from rest_framework import serializers

from chat.serializers import ConversationDocument, MessageDocument
from slimy.wire import ChoiceField, IdField, InstantField, TextField, WholeNumberField, WireSerializer


class ConversationCreated(WireSerializer):
    """Result of `create_conversation`."""

    conversation_id = IdField()
    created_at = InstantField()


class MessageSaved(WireSerializer):
    """Result of `save_message`."""

    message_id = IdField()
    saved_at = InstantField()


class SavedItem(WireSerializer):
    """What became of one message of `save_messages`."""

    index = WholeNumberField(min_value=0, help_text="Its place in the request.")
    message_id = IdField()
    outcome = ChoiceField(choices=["saved"])


class MessagesSaved(WireSerializer):
    """Result of `save_messages`."""

    message_ids = serializers.ListField(child=IdField())
    items = SavedItem(many=True)
    saved_at = InstantField()


class BotReplied(WireSerializer):
    """Result of `chat_bot_interaction`."""

    reply = TextField()
    used_fallback = serializers.BooleanField(help_text="True when there was no language model to ask.")
    processed_at = InstantField()
    message_id = IdField(required=False, help_text="Of the reply, in a conversation or a guild's room.")


class GuildMessageSaved(WireSerializer):
    """Result of `save_guild_message`."""

    message_id = IdField()
    saved_at = InstantField()


class ConversationUpdated(WireSerializer):
    """Result of `update_conversation`."""

    conversation_id = IdField()
    updated_at = InstantField()


class ConversationDeleted(WireSerializer):
    """Result of `delete_conversation`."""

    conversation_id = IdField()
    deleted_at = InstantField()


class ConversationsRead(WireSerializer):
    """Result of `get_conversations`."""

    conversations = ConversationDocument(many=True)


class MessagesRead(WireSerializer):
    """Result of `get_messages`."""

    messages = MessageDocument(many=True)
