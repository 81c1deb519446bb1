"""What happened: one row an event. The database refuses to change rows; only `prune_audit` deletes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Event(models.Model):
    """Somebody did something to something. The id is that of the `log_event` job which wrote it, in order of time."""

    id = models.UUIDField(primary_key=True, editable=False)
    at = models.DateTimeField(help_text="When it happened.")
    actor_id = models.BigIntegerField(null=True, help_text="Id of the user, also when the user is gone; null: nobody.")
    actor_name = models.CharField("actor", max_length=150, blank=True, help_text="The user's name at that time.")
    action = models.CharField(max_length=128, help_text="What was done.")
    resource = models.CharField(max_length=255, blank=True, help_text="What it was done to.")
    outcome = models.CharField(max_length=32, default="success")
    details = models.JSONField(default=dict, help_text="What was before and after, among other things.")
    request_id = models.CharField(max_length=64, blank=True)
    ip = models.GenericIPAddressField("address", null=True)

    objects: ClassVar[models.Manager[Event]] = models.Manager()

    class Meta:
        db_table = "slimy_audit_event"
        default_permissions = ("view", "add")
        indexes = (
            models.Index(name="audit_event_at", fields=("at",)),
            models.Index(name="audit_event_action", fields=("action", "-id")),
            models.Index(name="audit_event_actor", fields=("actor_id", "-id")),
            models.Index(name="audit_event_resource", fields=("resource", "-id")),
            models.Index(name="audit_event_request", fields=("request_id",), condition=models.Q(request_id__gt="")),
        )

    def __str__(self) -> str:
        return f"{self.actor_name or 'nobody'}: {self.action} {self.resource}".strip()
