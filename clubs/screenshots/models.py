"""Uploads and their pictures. What is read on them and decided about it is in clubs/review/."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models.functions import Now

from clubs.choices import PageType
from guilds.models import Guild
from slimy.ids import new_id


def storage() -> Storage:
    """Where pictures are kept: STORAGES["screenshots"], outside of whatever is served."""
    return storages["screenshots"]


def random_name() -> str:
    """A name that says nothing and can't be guessed."""
    fresh = uuid4().hex
    return f"{fresh[:2]}/{fresh}.jpg"


class Upload(models.Model):
    """The pictures of one scan, as they were sent. Its id is made of its content: the same again is the same."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    guild = models.ForeignKey(Guild, models.CASCADE, db_index=False, related_name="uploads")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    job = models.UUIDField(null=True, help_text="The newest that reads it.")
    observed_at = models.DateTimeField(help_text="When the screenshots were taken.")
    page_type = models.CharField(max_length=32, choices=PageType, blank=True, help_text="What was said it shows.")
    complete = models.BooleanField(null=True, help_text="Whether it was said to show the whole club.")
    hold = models.BooleanField(default=False, help_text="Nothing counts before somebody has accepted it.")
    read_at = models.DateTimeField(null=True, help_text="When all pictures were read.")
    closed_at = models.DateTimeField(null=True, help_text="When nothing was left to decide.")
    members_shown = models.IntegerField(null=True, help_text="The N of N/N on the screen.")
    whole = models.BooleanField(default=False, help_text="It shows the whole club, as far as was read.")
    doubts = models.JSONField(default=list, help_text="What is doubtful about the upload as a whole.")
    pictures_deleted_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "clubs"
        permissions = (("review_upload", "Can review uploads"),)
        indexes = (
            models.Index(name="upload_of_guild", fields=("guild", "-created_at")),
            models.Index(
                name="upload_with_pictures",
                fields=("created_at",),
                condition=models.Q(pictures_deleted_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"Screenshots, {self.created_at:%Y-%m-%d %H:%M}"


class Screenshot(models.Model):
    """One picture of an upload, made anew from its pixels."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    upload = models.ForeignKey(Upload, models.CASCADE, db_index=False, related_name="screenshots")
    number = models.SmallIntegerField(help_text="From 1, in the order in which they were sent.")
    file = models.CharField(max_length=200, blank=True, help_text="Its name in `storage`; empty when it is deleted.")
    size = models.IntegerField(help_text="Of the file, in bytes.")
    sha256 = models.CharField(max_length=64, help_text="Of the pixels.")
    width = models.IntegerField()
    height = models.IntegerField()
    boxes = models.JSONField(null=True, help_text="What the engine read; None until then.")

    class Meta:
        app_label = "clubs"
        constraints = (
            models.UniqueConstraint(name="screenshot_number_once", fields=("upload", "number")),
            models.UniqueConstraint(name="screenshot_once", fields=("upload", "sha256")),
        )

    def __str__(self) -> str:
        return f"Picture {self.number}"
