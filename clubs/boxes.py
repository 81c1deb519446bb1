"""Boxes of text as OCR engines give them, made alike."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clubs.labels import metric_of
from clubs.readings import Metric

_FARTHEST = 10**6  # pixels; beyond that it is no picture
_MIN_DIGITS = 4


@dataclass(frozen=True)
class Box:
    """A text and the upright rectangle around it, in pixels; `score` is 0 to 1 where the engine gave one."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    score: float | None = None
    metric: Metric | None = None  # that the text is the label of
    again: str | None = None  # what a second look at the same place read, where there was one

    @property
    def height(self) -> float:
        """In pixels."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Of its height."""
        return (self.top + self.bottom) / 2

    @property
    def is_number(self) -> bool:
        """Whether it can be nothing but a power: four digits and hardly anything else, not `55/60` nor `10:30`."""
        digits = sum(char.isdigit() for char in self.text)
        mostly = digits * 10 >= 7 * len(self.text.replace(" ", ""))
        return mostly and digits >= _MIN_DIGITS and not any(char in "/:%" for char in self.text)

    @property
    def has_digits(self) -> bool:
        """Whether digits dominate, as they do in a power of any size or a part of one."""
        return sum(char.isdigit() for char in self.text) * 2 > len(self.text.replace(" ", ""))


def boxes_of(wire: Iterable[Mapping[str, Any]]) -> list[Box]:
    """The usable boxes, top to bottom: those with text and an area within a picture's reach."""
    found = (_box(entry) for entry in wire if isinstance(entry, Mapping))
    return sorted({box for box in found if box}, key=lambda box: (box.middle, box.left, box.right, box.text))


def _box(entry: Mapping[str, Any]) -> Box | None:
    text, score = entry.get("text"), entry.get("score")
    corners = _corners(entry.get("box"))
    if not isinstance(text, str) or not text.strip() or not corners:
        return None
    xs, ys = zip(*corners, strict=True)
    if min(xs) == max(xs) or min(ys) == max(ys):
        return None
    good = isinstance(score, int | float) and 0 <= score <= 1
    edges = (float(min(xs)), float(min(ys)), float(max(xs)), float(max(ys)))
    again = entry.get("again")
    return Box(
        text.strip(),
        *edges,
        float(score) if good and score is not None else None,
        metric_of(text),
        again if isinstance(again, str) else None,
    )


def _corners(box: object) -> list[tuple[float, float]] | None:
    """Two or four corners, from `[x0, y0, x1, y1]` or four `[x, y]`."""
    if not isinstance(box, Sequence) or len(box) != 4:
        return None
    pairs = box if all(isinstance(corner, Sequence) for corner in box) else (box[:2], box[2:])
    if not all(isinstance(pair, Sequence) and len(pair) == 2 and all(map(_is_coordinate, pair)) for pair in pairs):
        return None
    return [(x, y) for x, y in pairs]


def _is_coordinate(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -_FARTHEST <= value <= _FARTHEST
