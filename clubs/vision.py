"""A picture to boxes of text, by an engine that can be replaced. Knows neither Django nor the database.

    engine = load("clubs.screenshots.rapid.RapidEngine")
    seen = see(picture, engine)          # boxes in pixels of `picture`, as clubs/ocr.py reads them

An engine is a class of two methods; what it can't do well is done here: the picture is brought to the width that
engines read best, and what they miss there is read again from the picture in its full size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from PIL import Image

from clubs.screenshots.rereading import Wanted, wanted_of

WIDTH = 1000  # pixels; measured: below 600 names begin to fail, above it only takes longer
DIGITS = 3  # after the point, of scores


@dataclass(frozen=True)
class Text:
    """What an engine read in a rectangle `(left, top, right, bottom)`, in pixels; `score` is 0 to 1."""

    text: str
    box: tuple[float, float, float, float]
    score: float


class Engine(Protocol):
    """Reads text. Pictures are RGB."""

    def read(self, picture: Image.Image) -> list[Text]:
        """All texts of a picture."""

    def lines(self, crops: Sequence[Image.Image]) -> list[tuple[str, float]]:
        """The one line of text on each crop, with its score; empty where there is none."""


@dataclass(frozen=True)
class Seen:
    """The boxes of a picture as `ocrResult` has them, and its size in pixels.

    A box that was read twice carries the second text as `again`.
    """

    boxes: list[dict[str, Any]]
    width: int
    height: int


def load(path: str) -> Engine:
    """The engine of a class's dotted path. Raises ImportError when what it needs isn't installed."""
    module, _, name = path.rpartition(".")
    engine: Engine = getattr(import_module(module), name)()
    return engine


def see(picture: Image.Image, engine: Engine) -> Seen:
    """Read a picture: once as a whole, then again line by line what is missing and what must be right."""
    scale = WIDTH / picture.width
    size = (WIDTH, max(1, round(picture.height * scale)))
    small = picture if scale == 1 else picture.resize(size, Image.Resampling.LANCZOS)
    boxes = [
        {"text": text.text, "box": [round(edge / scale, 1) for edge in text.box], "score": round(text.score, DIGITS)}
        for text in engine.read(small)
    ]
    return Seen(_again(picture, boxes, engine), picture.width, picture.height)


def _again(picture: Image.Image, boxes: list[dict[str, Any]], engine: Engine) -> list[dict[str, Any]]:
    """The boxes with those that were missed, and with the second reading of those that were read."""
    wanted = wanted_of(picture, boxes)
    read = engine.lines([picture.crop(one.crop) for one in wanted]) if wanted else []
    for one, (text, score) in zip(wanted, read, strict=True):
        _note(boxes, one, text, score)
    return boxes


def _note(boxes: list[dict[str, Any]], one: Wanted, text: str, score: float) -> None:
    if one.box is not None:
        boxes[one.box]["again"] = text
    elif text.strip():
        boxes.append({"text": text, "box": list(map(float, one.crop)), "score": round(score, DIGITS)})
