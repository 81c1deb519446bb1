"""The cached reads. What each costs on a miss is constant; a hit costs no statement."""

from typing import Any

from django.utils import timezone

from guilds.analytics import ANALYTICS
from guilds.exceptions import GuildNotFound
from guilds.models import Guild, GuildSettings, Membership, Role
from guilds.serializers import guild_document, settings_document
from slimy import cache
from slimy.accounts.models import User
from slimy.wire import instant


def guilds_of(user: User) -> list[dict[str, Any]]:
    """The user's guilds as documents with role, by name; `GuildDocument`."""

    def load() -> list[dict[str, Any]]:
        mine = Membership.objects.filter(user=user).select_related("guild").order_by("guild__name", "guild_id")
        return [guild_document(membership.guild, Role(membership.role)) for membership in mine]

    documents: list[dict[str, Any]] = cache.read_through(cache.user_key(user.pk), load)
    return documents


def effective_settings(guild_id: str) -> dict[str, Any]:
    """A guild's settings as a document. Raises GuildNotFound."""

    def load() -> dict[str, Any] | None:
        if not Guild.objects.filter(pk=guild_id).exists():
            return None
        return settings_document(guild_id, GuildSettings.objects.effective(guild_id))

    document: dict[str, Any] | None = cache.read_through(cache.guild_settings_key(guild_id), load)
    if document is None:
        raise GuildNotFound
    return document


def analytics(guild_id: str) -> dict[str, Any]:
    """How a guild is doing: every app's part, and as of when. Raises GuildNotFound."""

    def load() -> dict[str, Any] | None:
        if not Guild.objects.filter(pk=guild_id).exists():
            return None
        return {"guildId": guild_id, "asOf": instant(timezone.now()), "analytics": ANALYTICS.of(guild_id)}

    document: dict[str, Any] | None = cache.read_through(cache.guild_analytics_key(guild_id), load)
    if document is None:
        raise GuildNotFound
    return document
