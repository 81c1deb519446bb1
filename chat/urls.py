"""Paths of the chat, below /api/chat/."""

from django.urls import path

from chat.bot_views import BotJobView, BotView, GuildMessagesView, HistoryView
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
    path("bot", BotView.as_view()),
    path("jobs/<str:job_id>", BotJobView.as_view()),
    path("<str:guild_id>/messages", GuildMessagesView.as_view()),
    path("<str:guild_id>/history", HistoryView.as_view()),
]
