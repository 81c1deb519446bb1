"""The columns of tiles on a "Manage Members" picture, found by how its texts are aligned.

Every tile has its label and its number at its right edge. The unit of all else is the distance of two columns, so that
neither the size of a picture nor its proportions matter.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median, median_high
from typing import TypeVar

from clubs.boxes import Box

T = TypeVar("T")

HEIGHTS = 9.5  # of a number or label make the distance of two columns: when there is one column only
MOST = 12  # columns; no picture has that many
FEWEST = 4  # a column has at least this part of the texts of the fullest one


@dataclass(frozen=True)
class Grid:
    """The right edges of the columns' numbers, and the distance of two columns; in pixels."""

    edges: tuple[float, ...]
    unit: float


def grid_of(boxes: Sequence[Box]) -> Grid | None:
    """The columns of a picture; None when no texts are aligned as on tiles."""
    anchors = sorted((box for box in boxes if box.is_number or box.metric), key=lambda box: box.right)
    heights = [box.height for box in anchors if box.is_number]
    if not heights:
        return None
    height = median(heights)
    columns = [column for column in grouped(anchors, lambda box: box.right, height) if _has_number(column)]
    chosen = _apart(_likely(columns, height), height * HEIGHTS / 2)
    edges = sorted(median(box.right for box in column) for column in chosen)
    line = median_high(box.height for box in chosen[0])
    return Grid(tuple(edges), min((right - left for left, right in pairwise(edges)), default=line * HEIGHTS))


def _likely(columns: Sequence[list[Box]], height: float) -> list[list[Box]]:
    """The columns of tiles among texts that end at one place: a text alone is one when it stands in their rows."""
    fullest = max(map(len, columns))
    fewest = max(min(2, fullest), fullest / FEWEST)
    rows = sorted(box.middle for column in columns if len(column) >= fewest for box in column if box.is_number)

    def is_in_row(box: Box) -> bool:
        return bisect_left(rows, box.middle - height / 2) < bisect_right(rows, box.middle + height / 2)

    return [column for column in columns if len(column) >= fewest or (len(column) == 1 and is_in_row(column[0]))]


def _apart(columns: Sequence[list[Box]], reach: float) -> list[list[Box]]:
    """The fullest columns, without those too near to a fuller one: these are parts of its numbers."""
    chosen: list[list[Box]] = []
    for column in sorted(columns, key=lambda column: (-len(column), -column[0].right)):
        if len(chosen) < MOST and all(abs(column[0].right - other[0].right) >= reach for other in chosen):
            chosen.append(column)
    return chosen


def grouped(items: Iterable[T], position: Callable[[T], float], reach: float) -> list[list[T]]:
    """Items in order of their positions, parted where one is farther than `reach` from the first of its group."""
    groups: list[list[T]] = []
    for item in items:
        if not groups or position(item) - position(groups[-1][0]) > reach:
            groups.append([])
        groups[-1].append(item)
    return groups


def _has_number(column: Iterable[Box]) -> bool:
    return any(box.is_number for box in column)
