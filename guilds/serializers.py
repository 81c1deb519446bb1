"""Guilds and their settings on the wire."""

import re
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from guilds.defaults import MAX_OVERRIDES, ViewMode
from guilds.models import Guild, Role
from guilds.preferences import Effective
from slimy.snowflakes import SnowflakeField, is_snowflake
from slimy.wire import ChoiceField, FlagField, InstantField, TextField, WholeNumberField, WireSerializer, camel, instant

_SHEET_LINK = re.compile(
    r"https://docs\.google\.com/spreadsheets/(?:u/\d{1,3}/)?d/([A-Za-z0-9_-]{20,100})(?:[/?#][!-~]*)?"
)
_SHEET_ID = re.compile(r"[A-Za-z0-9_-]{20,100}")


class SheetField(TextField):
    """A Google Sheet's id; a link to the sheet is reduced to it."""

    pattern = f"^({_SHEET_ID.pattern}|{_SHEET_LINK.pattern})$"

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        link = _SHEET_LINK.fullmatch(text)
        if not link and not _SHEET_ID.fullmatch(text):
            raise ValidationError("Must be the link or the id of a Google Sheet.", code="sheet")
        return link[1] if link else text


class PersonalityChange(WireSerializer):
    """How the bot talks; null resets a key to its default."""

    name = TextField(max_length=50, required=False, allow_null=True)
    tone = TextField(max_length=100, required=False, allow_null=True)
    instructions = TextField(max_length=1000, required=False, allow_null=True, allow_blank=True)
    emoji = FlagField(required=False, allow_null=True)


class BySnowflakeField(serializers.DictField):
    """Personalities by the Discord id they apply to."""

    key_pattern, max_keys = SnowflakeField.pattern, MAX_OVERRIDES

    def to_internal_value(self, data: Any) -> Any:
        wrong = [str(key)[:40] for key in data if not is_snowflake(key)] if isinstance(data, dict) else []
        if wrong:
            raise ValidationError({key: ["Must be a Discord id: 17 to 20 digits."] for key in wrong[:20]})
        if isinstance(data, dict) and len(data) > MAX_OVERRIDES:
            raise ValidationError(f"At most {MAX_OVERRIDES} overrides.", code="max_length")
        return super().to_internal_value(data)


class OverridesChange(WireSerializer):
    """Personalities of categories and channels, over the guild's own."""

    category = BySnowflakeField(child=PersonalityChange(allow_null=True), required=False, allow_null=True)
    channel = BySnowflakeField(child=PersonalityChange(allow_null=True), required=False, allow_null=True)


class SettingsChangeBody(WireSerializer):
    """Body of `PATCH` and `PUT /api/guilds/<id>/settings`: any of the settings; null resets one to its default."""

    sheet_id = SheetField(max_length=300, required=False, allow_null=True)
    sheet_tab = TextField(max_length=100, required=False, allow_null=True)
    view_mode = ChoiceField(choices=ViewMode.values, required=False, allow_null=True)
    allow_public = FlagField(required=False, allow_null=True)
    screenshot_channel_id = SnowflakeField(required=False, allow_null=True)
    uploads_enabled = FlagField(required=False, allow_null=True)
    audit_content = FlagField(
        required=False, allow_null=True, help_text="Whether the audit trail holds what is said to and by the bot."
    )
    notes = TextField(max_length=4000, required=False, allow_null=True, allow_blank=True)
    personality = PersonalityChange(required=False, allow_null=True)
    overrides = OverridesChange(required=False, allow_null=True)


class UpdateGuildSettings(WireSerializer):
    """Payload of `update_guild_settings`."""

    guild_id = SnowflakeField()
    patch = SettingsChangeBody()
    version = WholeNumberField(min_value=0, max_value=2**31 - 1, required=False)


class ScreenshotChannel(WireSerializer):
    """Body of `POST /api/guilds/<id>/settings/screenshot-channel`."""

    channel_id = SnowflakeField(allow_null=True)


class SettingsAnswer(WireSerializer):
    """A guild's settings as they apply."""

    ok = serializers.BooleanField()
    guild_id = SnowflakeField()
    settings = serializers.DictField(help_text="All settings, defaults filled in.")
    version = WholeNumberField(help_text="0 until something was set; also the ETag.")
    updated_at = InstantField(allow_null=True)
    updated_by = TextField(allow_null=True)


class GuildDocument(WireSerializer):
    """A guild and the caller's role in it."""

    id = SnowflakeField()
    name = TextField()
    icon = TextField(allow_null=True)
    role = ChoiceField(choices=[role.wire for role in Role])


class GuildsAnswer(WireSerializer):
    """The caller's guilds."""

    ok = serializers.BooleanField()
    guilds = GuildDocument(many=True)


class GuildAnswer(WireSerializer):
    """One guild."""

    ok = serializers.BooleanField()
    guild = GuildDocument()


class AnalyticsAnswer(WireSerializer):
    """How a guild is doing; each app adds its part."""

    ok = serializers.BooleanField()
    guild_id = SnowflakeField()
    as_of = InstantField()
    analytics = serializers.DictField()


def guild_document(guild: Guild, role: Role) -> dict[str, Any]:
    """A guild as JSON."""
    return {"id": guild.pk, "name": guild.name, "icon": guild.icon or None, "role": role.wire}


def settings_document(guild_id: str, effective: Effective) -> dict[str, Any]:
    """Settings as JSON: `SettingsAnswer` without `ok`."""
    return {
        "guildId": guild_id,
        "settings": {camel(name): value for name, value in effective.values.items()},
        "version": effective.version,
        "updatedAt": instant(effective.updated_at),
        "updatedBy": effective.updated_by,
    }
