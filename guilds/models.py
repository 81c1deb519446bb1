"""Guilds, who is in them, and their settings."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from guilds.defaults import ViewMode
from guilds.preferences import Preferences
from slimy.snowflakes import SnowflakeModelField


class Role(models.IntegerChoices):
    """What somebody may do in a guild; a higher role may all that a lower one may."""

    MEMBER = 1
    CLUB = 2
    ADMIN = 3

    @property
    def wire(self) -> str:
        """The name on the wire: member, club or admin."""
        return self.name.lower()


class Guild(models.Model):
    """A Discord guild."""

    id = SnowflakeModelField(primary_key=True, help_text="Discord's id of the guild.")
    name = models.CharField(max_length=100)
    icon = models.CharField(max_length=64, blank=True, help_text="Discord's hash of the icon.")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="owned_guilds"
    )
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="guilds")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = (
            models.CheckConstraint(name="guild_id_is_snowflake", condition=Q(id__regex=r"^[1-9]\d{16,19}$")),
        )

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """Somebody's place in a guild."""

    guild = models.ForeignKey(Guild, models.CASCADE, db_index=False, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.SmallIntegerField(choices=Role, default=Role.MEMBER)
    joined_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(name="membership_once", fields=("guild", "user")),
            models.CheckConstraint(name="membership_role_known", condition=Q(role__in=Role.values)),
        )

    def __str__(self) -> str:
        return f"{self.user} in {self.guild}: {Role(self.role).wire}"


class GuildSettings(models.Model):
    """What a guild has set; a column that is null falls back to guilds/defaults.py. Changed only by `objects`."""

    guild = models.OneToOneField(Guild, models.CASCADE, primary_key=True, related_name="stored_settings")
    sheet_id = models.CharField(max_length=100, null=True, blank=True)
    sheet_tab = models.CharField(max_length=100, null=True, blank=True)
    view_mode = models.CharField(max_length=16, choices=ViewMode, null=True, blank=True)
    allow_public = models.BooleanField(null=True, blank=True)
    screenshot_channel_id = SnowflakeModelField(null=True, blank=True)
    uploads_enabled = models.BooleanField(null=True, blank=True)
    audit_content = models.BooleanField(
        null=True, blank=True, help_text="Whether the audit trail holds what is said to and by the bot."
    )
    notes = models.TextField(null=True, blank=True)
    personality = models.JSONField(default=dict, blank=True)
    overrides = models.JSONField(default=dict, blank=True)
    version = models.IntegerField(default=0, editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )

    objects: ClassVar[Preferences] = Preferences()

    class Meta:
        verbose_name_plural = "guild settings"
        constraints = (
            models.CheckConstraint(
                name="settings_view_mode_known", condition=Q(view_mode=None) | Q(view_mode__in=ViewMode.values)
            ),
        )

    def __str__(self) -> str:
        return f"Settings of {self.guild_id}"


class SettingsChange(models.Model):
    """One change of a guild's settings: who, when, what, from, to."""

    guild = models.ForeignKey(Guild, models.CASCADE, db_index=False, related_name="settings_changes")
    version = models.IntegerField()
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    changes: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(help_text="Key → [from, to].")

    class Meta:
        constraints = (models.UniqueConstraint(name="settings_change_once", fields=("guild", "version")),)

    def __str__(self) -> str:
        return f"{self.guild_id} version {self.version}"
