"""Paths of the chat, below /api/chat/."""

from django.urls import path

from chat.views import (
    BulkMessagesView,
    ConversationMessagesView,
    ConversationsView,
    ConversationView,
    MessagesView,
)

urlpatterns = [
    path("conversations", ConversationsView.as_view()),
    path("conversations/<str:conversation_id>", ConversationView.as_view()),
    path("conversations/<str:conversation_id>/messages", ConversationMessagesView.as_view()),
    path("messages", MessagesView.as_view()),
    path("messages/bulk", BulkMessagesView.as_view()),
]
