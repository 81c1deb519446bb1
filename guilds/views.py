"""The guilds API: reads come from the cache, changes of settings are done at once."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from guilds.exceptions import GuildNotFound
from guilds.models import Guild, GuildSettings, Role
from guilds.permissions import require
from guilds.preferences import Effective
from guilds.reads import analytics, effective_settings, guilds_of
from guilds.serializers import (
    AnalyticsAnswer,
    GuildAnswer,
    GuildsAnswer,
    ScreenshotChannel,
    SettingsAnswer,
    SettingsChangeBody,
    guild_document,
    settings_document,
)
from slimy.api import ApiView, body_of
from slimy.openapi import reads, writes
from slimy.preconditions import ETAG, IF_MATCH, etag, version_of

SNOWFLAKE = {"type": "string", "pattern": "^[1-9][0-9]{16,19}$"}
GUILD_ID = OpenApiParameter("guild_id", SNOWFLAKE, OpenApiParameter.PATH, description="Discord's id of the guild.")


class GuildsView(ApiView):
    """The caller's guilds."""

    @reads(GuildsAnswer)
    def get(self, request: Request) -> Response:
        """The guilds that the caller is in, with the caller's role, by name."""
        return Response({"ok": True, "guilds": guilds_of(self.user)})


class GuildView(ApiView):
    """One guild."""

    @reads(GuildAnswer, 403, 404, parameters=[GUILD_ID])
    def get(self, request: Request, guild_id: str) -> Response:
        """The guild and the caller's role in it."""
        role = require(self.user, guild_id, Role.MEMBER)
        guild = Guild.objects.filter(pk=guild_id).first()
        if guild is None:
            raise GuildNotFound
        return Response({"ok": True, "guild": guild_document(guild, role)})


class SettingsView(ApiView):
    """A guild's settings."""

    @reads(SettingsAnswer, 403, 404, parameters=[GUILD_ID, ETAG])
    def get(self, request: Request, guild_id: str) -> Response:
        """The settings as they apply, defaults filled in; for roles club and admin."""
        require(self.user, guild_id, Role.CLUB)
        return _answer(effective_settings(guild_id))

    @writes(SettingsAnswer, 404, 412, body=SettingsChangeBody, parameters=[GUILD_ID, IF_MATCH, ETAG])
    def patch(self, request: Request, guild_id: str) -> Response:
        """Merge some settings into those that are stored; null resets one to its default. For role admin."""
        return self._change(request, guild_id, GuildSettings.objects.patch)

    @writes(SettingsAnswer, 404, 412, body=SettingsChangeBody, parameters=[GUILD_ID, IF_MATCH, ETAG])
    def put(self, request: Request, guild_id: str) -> Response:
        """Replace all settings; those left out fall back to their defaults. For role admin."""
        return self._change(request, guild_id, GuildSettings.objects.replace)

    def _change(self, request: Request, guild_id: str, change: Callable[..., Effective]) -> Response:
        require(self.user, guild_id, Role.ADMIN)
        body = SettingsChangeBody(data=body_of(request))
        body.is_valid(raise_exception=True)
        changed = change(guild_id, body.validated_data, self.user, version_of(request))
        return _answer(settings_document(guild_id, changed))


class ScreenshotChannelView(ApiView):
    """Where screenshots are posted."""

    @writes(SettingsAnswer, 404, body=ScreenshotChannel, parameters=[GUILD_ID, ETAG])
    def post(self, request: Request, guild_id: str) -> Response:
        """Set the channel, or null for none. For role admin."""
        require(self.user, guild_id, Role.ADMIN)
        body = ScreenshotChannel(data=body_of(request))
        body.is_valid(raise_exception=True)
        changes = {"screenshot_channel_id": body.validated_data["channel_id"]}
        changed = GuildSettings.objects.patch(guild_id, changes, self.user)
        return _answer(settings_document(guild_id, changed))


class AnalyticsView(ApiView):
    """How a guild is doing."""

    @reads(AnalyticsAnswer, 403, 404, parameters=[GUILD_ID])
    def get(self, request: Request, guild_id: str) -> Response:
        """Members, activity by day and recent jobs; for all members."""
        require(self.user, guild_id, Role.MEMBER)
        return Response({"ok": True, **analytics(guild_id)})


def _answer(document: dict[str, Any]) -> Response:
    return Response({"ok": True, **document}, headers={"ETag": etag(document["version"])})
