"""Files that strangers send as pictures: looked at with suspicion, and made anew from nothing but their pixels."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from dataclasses import dataclass
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 20_000_000
LEAST_SIDE = 200  # pixels; nothing can be read on less
FORMATS = ("PNG", "JPEG", "WEBP")
QUALITY = 92  # measured: nothing is read worse than from the PNG, at a third of its size

_MAGIC = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"RIFF": "WEBP"}
_MOST_FACTS = 64 * 1024  # bytes
_PDF_REACH = 1024  # readers of PDF look for its head in so many bytes


class BadPicture(ValueError):
    """This can't be taken; the reason is a sentence for the public."""


@dataclass(frozen=True)
class Picture:
    """What is kept of a file: a JPEG of its pixels without any metadata; `sha256` is of the pixels."""

    content: bytes
    width: int
    height: int
    sha256: str


def picture_of(file: IO[bytes], size: int) -> Picture:
    """The picture of a file of so many bytes. Raises BadPicture for whatever isn't one whole still picture."""
    content = file.read(MOST_BYTES + 1) if size <= MOST_BYTES else b""
    if max(size, len(content)) > MOST_BYTES:
        raise BadPicture(f"A picture may have at most {MOST_BYTES // 1024 // 1024} MiB.")
    kind = next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)
    if kind is None or b"%PDF-" in content[:_PDF_REACH]:
        raise BadPicture("This is not a PNG, JPEG or WEBP picture.")
    _refuse_tail(content, kind)
    return _anew(_decoded(content, kind))


def _refuse_tail(content: bytes, kind: str) -> None:
    """Nothing may follow the end, where another file could hide, but what Samsung's phones leave there."""
    tail = content[_ENDS[kind](content) :].strip(b"\0")
    if tail and not _is_of_samsung(tail):
        raise BadPicture("There is something behind the end of this picture.")


def _is_of_samsung(tail: bytes) -> bool:
    """Facts about a screenshot, then their directory: `SEFH` …, its length in 4 bytes, `SEFT`."""
    directory = len(tail) - 8 - int.from_bytes(tail[-8:-4], "little")
    return tail.endswith(b"SEFT") and len(tail) <= _MOST_FACTS and tail[max(0, directory) :].startswith(b"SEFH")


def _end_of_webp(content: bytes) -> int:
    """By its own words, as of the others; whether they are true is the decoder's business."""
    return 8 + int.from_bytes(content[4:8], "little")


def _end_of_png(content: bytes) -> int:
    place = 8
    while place + 12 <= len(content):
        kind = content[place + 4 : place + 8]
        place += 12 + int.from_bytes(content[place : place + 4], "big")
        if kind == b"IEND":
            return place
    return len(content)


def _end_of_jpeg(content: bytes) -> int:
    place = 2
    while place + 4 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker == _JPEG_END:
            return place + 2
        place += 2 + int.from_bytes(content[place + 2 : place + 4], "big")
        if marker == _JPEG_SCAN:
            following = _JPEG_MARKER.search(content, place)
            place = following.start() if following else len(content)
    return place + 2 if content[place : place + 2] == b"\xff\xd9" else len(content)


_JPEG_SCAN, _JPEG_END = 0xDA, 0xD9
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)  # in the data of a scan
_ENDS = {"WEBP": _end_of_webp, "PNG": _end_of_png, "JPEG": _end_of_jpeg}


def _decoded(content: bytes, kind: str) -> Image.Image:
    """The pixels. The size is looked at before any of them is decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=(kind,))
            _refuse_size(picture)
            if getattr(picture, "n_frames", 1) > 1:
                raise BadPicture("This picture moves; send still ones.")
            picture.load()
            return ImageOps.exif_transpose(picture).convert("RGB")
    except BadPicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadPicture(_TOO_LARGE) from None
    except (UnidentifiedImageError, MemoryError) as error:
        raise BadPicture(f"This is not a {kind} picture that can be read.") from error
    except Exception as error:  # decoders raise whatever they like
        raise BadPicture("This picture is damaged or cut short.") from error


_TOO_LARGE = f"A picture may have at most {MOST_PIXELS // 1_000_000} million pixels."


def _refuse_size(picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise BadPicture(_TOO_LARGE)
    if min(picture.size) < LEAST_SIDE:
        raise BadPicture(f"A picture must be at least {LEAST_SIDE} pixels wide and high.")


def _anew(picture: Image.Image) -> Picture:
    pixels = hashlib.sha256(f"{picture.width}x{picture.height}".encode() + picture.tobytes()).hexdigest()
    clean, encoded = Image.new("RGB", picture.size), io.BytesIO()  # a new one has no metadata to take along
    clean.paste(picture)
    clean.save(encoded, "JPEG", quality=QUALITY, subsampling=0)
    return Picture(encoded.getvalue(), picture.width, picture.height, pixels)
