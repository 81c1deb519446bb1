"""Pictures from the door into storage: is this guild open to them, are they pictures, is there room for them?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Sum
from django.utils import timezone

from clubs.changes import lock_club
from clubs.exceptions import OcrNotInstalled, QuotaExceeded, UploadsDisabled
from clubs.screenshots.files import BadPicture, Picture, picture_of
from clubs.screenshots.models import Screenshot, Upload, random_name, storage
from guilds.models import GuildSettings
from slimy.accounts.models import User
from slimy.exceptions import InvalidInput
from slimy.sql import tx
from slimy.wire import instant

MOST_PICTURES = 20
_UPLOADS = UUID("0d5c2e0e-5d0f-4c39-9f0c-5f6d1f3f8a51")


@dataclass(frozen=True)
class Wish:
    """What is said about the pictures besides: when they were taken, what they show, whether all wait for a person."""

    observed_at: datetime | None = None
    page_type: str = ""
    complete: bool | None = None
    hold: bool = False


@dataclass(frozen=True)
class Arrival:
    """Checked pictures of a guild, each once, not yet stored; `duplicates` is how many came more than once."""

    guild_id: str
    pictures: Sequence[Picture]
    wish: Wish
    duplicates: int = 0

    @property
    def upload_id(self) -> UUID:
        """Made of the guild, the pixels and what was said, so that the same again is the same upload."""
        said = [instant(self.wish.observed_at), self.wish.page_type, self.wish.complete, self.wish.hold]
        whole = [self.guild_id, [picture.sha256 for picture in self.pictures], said]
        return uuid5(_UPLOADS, json.dumps(whole))

    @property
    def payload(self) -> dict[str, Any]:
        """Of the job that reads them."""
        return {"guildId": self.guild_id, "uploadId": str(self.upload_id)}


def refuse_unless_open(guild_id: str) -> None:
    """Raises OcrNotInstalled, UploadsDisabled when this guild's settings say so."""
    if not settings.OCR["INSTALLED"]:
        raise OcrNotInstalled
    if not GuildSettings.objects.effective(guild_id).values["uploads_enabled"]:
        raise UploadsDisabled


def arrival_of(guild_id: str, files: Sequence[UploadedFile[Any]], wish: Wish) -> Arrival:
    """Look at each file. Raises InvalidInput that names those that can't be taken; nothing is stored then."""
    if not 1 <= len(files) <= MOST_PICTURES:
        raise InvalidInput(details={"pictures": [f"Send 1 to {MOST_PICTURES} pictures, not {len(files)}."]})
    pictures: dict[str, Picture] = {}
    wrong: dict[str, list[str]] = {}
    for number, file in enumerate(files):
        try:
            picture = picture_of(file, file.size or 0)
        except BadPicture as error:
            wrong[f"pictures.{number}"] = [str(error)]
        else:
            pictures.setdefault(picture.sha256, picture)
    if wrong:
        raise InvalidInput(details=wrong)
    return Arrival(guild_id, list(pictures.values()), wish, len(files) - len(pictures))


def keep(arrival: Arrival, by: User) -> None:
    """Store the pictures, unless they were stored before. Raises QuotaExceeded, GuildNotFound; then none is stored."""
    kept: list[str] = []
    try:
        with tx():
            lock_club(arrival.guild_id)  # one at a time, or two would share the room that is left
            if not Upload.objects.filter(pk=arrival.upload_id).exists():
                _refuse_beyond_quota(arrival)
                _store(arrival, by, kept)
    except BaseException:
        discard(kept)
        raise


def discard(names: Iterable[str]) -> None:
    """Delete stored files; those that are gone are no error."""
    for name in names:
        with suppress(FileNotFoundError):
            storage().delete(name)


def _refuse_beyond_quota(arrival: Arrival) -> None:
    here = Screenshot.objects.filter(upload__guild=arrival.guild_id, upload__pictures_deleted_at=None)
    used = here.aggregate(size=Sum("size"))["size"] or 0
    most = settings.SCREENSHOTS["QUOTA_MB"] * 1024 * 1024
    if used + sum(len(picture.content) for picture in arrival.pictures) > most:
        raise QuotaExceeded


def _store(arrival: Arrival, by: User, kept: list[str]) -> None:
    wish = arrival.wish
    upload = Upload.objects.create(
        pk=arrival.upload_id,
        guild_id=arrival.guild_id,
        uploaded_by=by,
        observed_at=wish.observed_at or timezone.now(),
        page_type=wish.page_type,
        complete=wish.complete,
        hold=wish.hold,
    )
    known = _read_before(arrival)
    for number, picture in enumerate(arrival.pictures, 1):
        name = storage().save(random_name(), ContentFile(picture.content))
        kept.append(name)
        Screenshot.objects.create(
            upload=upload,
            number=number,
            file=name,
            size=len(picture.content),
            sha256=picture.sha256,
            width=picture.width,
            height=picture.height,
            boxes=known.get(picture.sha256),
        )


def _read_before(arrival: Arrival) -> dict[str, Any]:
    """Boxes of pictures that this guild has sent before: these needn't be read again."""
    same = [picture.sha256 for picture in arrival.pictures]
    found = Screenshot.objects.filter(upload__guild=arrival.guild_id, sha256__in=same, boxes__isnull=False)
    return dict(found.values_list("sha256", "boxes"))
