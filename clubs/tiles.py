"""The tiles of a "Manage Members" picture: which of its texts are whose label, number and name.

A tile has its label and, under it, its number at its right edge; at its foot the name on the left, and on the right
the words that say when the member was last seen. Distances are in units of the distance of two columns.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from clubs.boxes import Box
from clubs.geometry import Grid, grouped

# As measured on pictures, with room for what engines make of edges.
_ALIGNED = 0.08  # right edges of label and number
_LABEL_ABOVE = (-0.16, -0.06)  # middle of the label, seen from the middle of the number; measured 0.105
_NAME_BELOW = (0.11, 0.22)  # middle of the name, the same; measured 0.164
_LABEL_TO_NUMBER = 0.105
_WIDTH = 0.88  # of a tile, to the right edge of its number
_OVERHANG = 0.12  # how far a text may reach over that edge
_NUMBER_WIDTH = 0.6
_GAP = 0.06  # between two parts of one number
_SAME_TILE = 0.3  # nearer than that, one above the other, are no two tiles; measured 0.583


@dataclass(frozen=True)
class Tile:
    """The boxes of one tile, each part left to right; any may be missing. Is it the first or last of its column?"""

    edge: float
    middle: float
    label: Box | None
    number: tuple[Box, ...]
    foot: tuple[Box, ...]
    is_first: bool = False
    is_last: bool = False


def tiles_of(boxes: Sequence[Box], grid: Grid) -> list[Tile]:
    """The tiles of a picture, row by row. `boxes` come top to bottom."""
    tiles = [tile for edge in grid.edges for tile in _Column(boxes, edge, grid.unit).tiles()]
    rows = grouped(sorted(tiles, key=_middle), _middle, grid.unit * _SAME_TILE)
    return [tile for row in rows for tile in sorted(row, key=lambda tile: tile.edge)]


class _Column:
    """The boxes of one column. Each is looked at for one or two tiles only, so that thousands do no harm."""

    def __init__(self, boxes: Iterable[Box], edge: float, unit: float) -> None:
        self.edge, self.unit = edge, unit
        self.boxes = [box for box in boxes if self._holds(box)]
        self.middles = [box.middle for box in self.boxes]
        aligned = [box for box in self.boxes if abs(box.right - edge) <= _ALIGNED * unit]
        self.numbers = [box for box in aligned if box.has_digits and box.left >= edge - _NUMBER_WIDTH * unit]
        self.labels = [box for box in aligned if not box.has_digits]
        self.label_middles = [box.middle for box in self.labels]

    def tiles(self) -> list[Tile]:
        """The tiles, top to bottom: those with a number, and those with a label and a name but no number."""
        found = [self._tile(group) for group in grouped(self.numbers, _middle, _SAME_TILE * self.unit)]
        found = sorted(found + self._without_number(found), key=_middle)
        found[:1] = [replace(tile, is_first=True) for tile in found[:1]]
        found[-1:] = [replace(tile, is_last=True) for tile in found[-1:]]
        return found

    def _holds(self, box: Box) -> bool:
        left, right = self.edge - _WIDTH * self.unit, self.edge + _OVERHANG * self.unit
        return left <= box.left and box.right <= right

    def _tile(self, candidates: Sequence[Box]) -> Tile:
        number = max(
            candidates,
            key=lambda box: (self._has_label(box), box.is_number, box.score or 0, box.height, -box.middle, box.text),
        )
        labels = self._between(self.labels, self.label_middles, number.middle, _LABEL_ABOVE)
        label = max(labels, key=lambda box: (box.metric is not None, box.score or 0, box.text), default=None)
        return Tile(self.edge, number.middle, label, self._whole(number), self._foot(number.middle))

    def _without_number(self, found: Sequence[Tile]) -> list[Tile]:
        """Tiles whose label and foot are there: their number was not read."""
        middles = [tile.middle for tile in found]
        below = _LABEL_TO_NUMBER * self.unit
        labels = [box for box in self.labels if box.metric]
        expected = [
            Tile(self.edge, group[0].middle + below, group[0], (), self._foot(group[0].middle + below))
            for group in grouped(labels, _middle, _SAME_TILE * self.unit)
        ]
        near = _SAME_TILE * self.unit
        return [
            tile
            for tile in expected
            if tile.foot
            and bisect_left(middles, tile.middle - near / 2) == bisect_right(middles, tile.middle + near / 2)
        ]

    def _has_label(self, number: Box) -> bool:
        first, last = (number.middle + offset * self.unit for offset in _LABEL_ABOVE)
        return bisect_left(self.label_middles, first) < bisect_right(self.label_middles, last)

    def _foot(self, middle: float) -> tuple[Box, ...]:
        foot = self._between(self.boxes, self.middles, middle, _NAME_BELOW)
        return tuple(sorted(foot, key=lambda box: (box.left, box.top, box.text)))

    def _whole(self, number: Box) -> tuple[Box, ...]:
        """The number with its parts to the left, when an engine split it."""
        parts = [number]
        reach = min(number.height / 3 / self.unit, _GAP)
        line = self._between(self.boxes, self.middles, number.middle, (-reach, reach))
        for box in sorted(line, key=lambda box: -box.right):
            gap = parts[0].left - box.right
            if box.has_digits and box != number and -_GAP / 2 <= gap / self.unit <= _GAP:
                parts.insert(0, box)
        return tuple(parts)

    def _between(
        self, boxes: Sequence[Box], middles: Sequence[float], middle: float, reach: tuple[float, float]
    ) -> Sequence[Box]:
        first, last = (middle + offset * self.unit for offset in reach)
        return boxes[bisect_left(middles, first) : bisect_right(middles, last)]


def _middle(item: Box | Tile) -> float:
    return item.middle
