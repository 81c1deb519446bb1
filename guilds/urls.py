"""Paths of the guilds, below /api/."""

from django.urls import path

from guilds.views import AnalyticsView, GuildsView, GuildView, ScreenshotChannelView, SettingsView

urlpatterns = [
    path("guilds", GuildsView.as_view()),
    path("guilds/<str:guild_id>", GuildView.as_view()),
    path("guilds/<str:guild_id>/settings", SettingsView.as_view()),
    path("guilds/<str:guild_id>/settings/screenshot-channel", ScreenshotChannelView.as_view()),
    path("guilds/<str:guild_id>/analytics", AnalyticsView.as_view()),
]
