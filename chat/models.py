"""Conversations and their messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now

from chat.invalidation import conversation_changed
from guilds.models import Guild
from slimy.ids import new_id

if TYPE_CHECKING:
    from datetime import datetime

    from slimy.accounts.models import User
    from slimy.jobs.models import Job

ITEMS_PER_JOB = 1000  # room that each job has in the order of messages


class ClockTimestamp(Func):
    """The time of this very statement: now() stands still within a transaction."""

    function = "clock_timestamp"
    output_field = models.DateTimeField()


class PersonalityMode(models.TextChoices):
    """How the assistant talks."""

    HELPFUL = "helpful"
    CREATIVE = "creative"
    PROFESSIONAL = "professional"
    CASUAL = "casual"


class Role(models.TextChoices):
    """Who speaks."""

    USER = "user"
    ASSISTANT = "assistant"


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """`Conversation.objects`."""

    def owned_by(self, user: User) -> ConversationQuerySet:
        """The conversations of a user."""
        return self.filter(owner=user)

    def newest_first(self) -> ConversationQuerySet:
        """Last changed first."""
        return self.order_by("-updated_at", "-id")

    def before(self, updated_at: datetime, pk: UUID) -> ConversationQuerySet:
        """Those behind this row in the order of `newest_first`; the index is entered there, not at its start."""
        return self.filter(Q(updated_at__lt=updated_at) | Q(id__lt=pk), updated_at__lte=updated_at)


class Conversation(models.Model):
    """A thread of messages. Its id is the id of the job that created it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="conversations")
    title = models.CharField(max_length=200, blank=True)
    personality_mode = models.CharField(max_length=16, choices=PersonalityMode, default=PersonalityMode.HELPFUL)
    message_count = models.IntegerField(default=0, editable=False, help_text="Kept by `add_messages`, never counted.")
    version = models.IntegerField(default=1, editable=False, help_text="Counts changes of the title, not messages.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[ConversationQuerySet] = ConversationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = (models.Index(name="conversation_of_owner", fields=("owner", "-updated_at", "-id")),)
        constraints = (
            models.CheckConstraint(name="conversation_count_not_negative", condition=Q(message_count__gte=0)),
            models.CheckConstraint(
                name="conversation_mode_known", condition=Q(personality_mode__in=PersonalityMode.values)
            ),
        )

    def __str__(self) -> str:
        return self.title or f"Conversation {self.pk}"

    def is_newer_than(self, version: int | None, since: datetime | None) -> bool:
        """True when it was changed after the state that somebody read: a version, or a time in whole milliseconds."""
        if version is not None and version != self.version:
            return True
        return (
            since is not None
            and self.updated_at.replace(microsecond=self.updated_at.microsecond // 1000 * 1000) > since
        )

    def rename(self, title: str) -> None:
        """Change the title; the next version."""
        Conversation.objects.filter(pk=self.pk).update(
            title=title, version=F("version") + 1, updated_at=ClockTimestamp()
        )
        self.refresh_from_db(fields=["title", "version", "updated_at"])

    @staticmethod
    def add_messages(conversation_id: UUID, job: Job, messages: Sequence[dict[str, Any]]) -> list[Message]:
        """Append messages in the name of the job's owner; [] when the owner has no such conversation (yet).

        One UPDATE checks the owner, locks the conversation, moves `updated_at` and counts; one INSERT adds.
        """
        touched = Conversation.objects.filter(pk=conversation_id, owner=job.owner).update(
            updated_at=ClockTimestamp(), message_count=F("message_count") + len(messages)
        )
        if not touched:
            return []
        conversation_changed(conversation_id, job.require_owner().pk)
        return Message.objects.bulk_create(
            Message(
                conversation_id=conversation_id,
                author=job.owner,
                position=job.number * ITEMS_PER_JOB + place,
                created_at=job.created_at,
                **{"id": job.pk if len(messages) == 1 else new_id(), **message},
            )
            for place, message in enumerate(messages)
        )


class Message(models.Model):
    """What somebody said. The order of messages is the order in which their jobs were accepted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, db_index=False, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    position = models.BigIntegerField(help_text="Number of the job × 1000 + place within the job.")
    role = models.CharField(max_length=16, choices=Role)
    content = models.TextField()
    personality_mode = models.CharField(max_length=16, choices=PersonalityMode, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(name="message_order", fields=("conversation", "position")),
            models.CheckConstraint(name="message_role_known", condition=Q(role__in=Role.values)),
        )

    def __str__(self) -> str:
        return f"{self.role}: {self.content[:60]}"


class GuildMessage(models.Model):
    """What was said in a guild's room, or in the one for all admins (no guild); chat/rooms.py says who may read."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    guild = models.ForeignKey(Guild, models.CASCADE, null=True, db_index=False, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    bot_name = models.CharField(max_length=50, blank=True, help_text="What the bot was called, if it was the bot.")
    content = models.TextField()
    admin_only = models.BooleanField(default=False, help_text="Only for admins.")
    position = models.BigIntegerField(unique=True, help_text="Number of the job × 1000 + place within the job.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = (
            models.Index(name="guild_message_of_room", fields=("guild", "-position")),
            models.Index(name="guild_message_for_club", fields=("guild", "-position"), condition=Q(admin_only=False)),
        )
        constraints = (
            models.CheckConstraint(
                name="guild_message_global_is_admin_only", condition=Q(guild__isnull=False) | Q(admin_only=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.bot_name or self.author}: {self.content[:60]}"
