"""Paths of the clubs, below /api/."""

from django.urls import path

from clubs.screenshots.views import ScreenshotsView
from clubs.views import (
    AggregatesView,
    CsvView,
    HistoryView,
    IngestView,
    LatestView,
    MoversView,
    RescanView,
    XlsxView,
)

urlpatterns = [
    path("guilds/<str:guild_id>/club/latest", LatestView.as_view()),
    path("guilds/<str:guild_id>/club/movers", MoversView.as_view()),
    path("guilds/<str:guild_id>/club/aggregates", AggregatesView.as_view()),
    path("guilds/<str:guild_id>/club/members/<str:key>/history", HistoryView.as_view()),
    path("guilds/<str:guild_id>/club/export.csv", CsvView.as_view()),
    path("guilds/<str:guild_id>/club/export.xlsx", XlsxView.as_view()),
    path("guilds/<str:guild_id>/club/ingest", IngestView.as_view()),
    path("guilds/<str:guild_id>/club/screenshots", ScreenshotsView.as_view()),
    path("guilds/<str:guild_id>/club/rescan", RescanView.as_view()),
]
