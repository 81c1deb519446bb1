"""What the job `read_club_screenshots` does outside of transactions: one picture after the other through the reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from clubs.exceptions import OcrNotInstalled, PictureGone, UploadNotFound
from clubs.screenshots.models import Screenshot, Upload, storage
from clubs.screenshots.reader import Reader

SECONDS = 300  # that the 20 pictures of an upload may take


@dataclass(frozen=True)
class Unread:
    """A picture that is to be read."""

    id: UUID
    number: int
    file: str


@dataclass(frozen=True)
class Reading:
    """The pictures of an upload: how many there are, and those to be read."""

    total: int
    unread: list[Unread]


def pictures_to_read(guild_id: str, upload_id: UUID) -> Reading:
    """Of an upload of this guild. Raises UploadNotFound, PictureGone, OcrNotInstalled."""
    upload = Upload.objects.filter(pk=upload_id, guild=guild_id).first()
    if upload is None:
        raise UploadNotFound
    pictures = upload.screenshots.order_by("number")
    unread = [Unread(one.pk, one.number, one.file) for one in pictures.filter(boxes__isnull=True)]
    if upload.read_at is not None:
        return Reading(pictures.count(), [])
    if any(not one.file for one in unread):
        raise PictureGone
    if unread and not settings.OCR["INSTALLED"]:
        raise OcrNotInstalled
    return Reading(pictures.count(), unread)


def read_pictures(reading: Reading, progress: Callable[..., None]) -> None:
    """Read what is unread. Boxes are kept picture by picture: what was read stays read when the job begins again.

    Raises ReaderFailed, PictureGone.
    """
    done = reading.total - len(reading.unread)
    with Reader() as reader:
        for unread in reading.unread:
            progress(done, reading.total, f"Picture {unread.number}")
            boxes = reader.read(_content(unread))["boxes"]
            Screenshot.objects.filter(pk=unread.id, boxes__isnull=True).update(boxes=boxes)
            done += 1
    progress(done, reading.total, "Comparing")


def _content(unread: Unread) -> bytes:
    try:
        with storage().open(unread.file) as file:
            content: bytes = file.read()
    except FileNotFoundError as error:
        raise PictureGone from error
    return content
