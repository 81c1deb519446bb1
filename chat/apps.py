"""Chat as a Django app."""

from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Conversations and messages."""

    name = "chat"
    verbose_name = "Chat"
