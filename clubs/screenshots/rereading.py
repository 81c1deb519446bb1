"""What of a picture is to be read again from its full size: names that were missed, and every name and number.

Engines overlook short names (`lill`, `edge`) when they look for text on a whole picture, and read them well when they
are shown the line. A number that reads the same twice, once small and once large, is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from PIL import Image, ImageOps

from clubs.boxes import Box, boxes_of
from clubs.geometry import grid_of
from clubs.tiles import Tile, tiles_of

PADDING = 5  # pixels around the ink
# Where the name stands, in units of the distance of two columns, from the middle of the number and its right edge.
_NAME_LINE = (0.112, 0.214)
_NAME_COLUMN = (-0.83, -0.25)
_NAME_STARTS = 0.5  # left of that, from the right edge of the number
_INK = 60  # of 255, by which ink differs from what it is written on
_LEAST_INK = 0.02  # of a line's pixels; less is dirt
_WORD_GAP = 0.1  # of the unit: what is farther right is no part of the name

Rectangle = tuple[int, int, int, int]


@dataclass(frozen=True)
class Wanted:
    """A part of the picture to be read, in pixels; `box` is the place in the list of what was read there before."""

    crop: Rectangle
    box: int | None = None


def wanted_of(picture: Image.Image, wire: Sequence[Mapping[str, Any]]) -> list[Wanted]:
    """What is to be read again on a picture with these boxes."""
    boxes = boxes_of(wire)
    grid = grid_of(boxes)
    tiles = tiles_of(boxes, grid) if grid else []
    whole = [tile for tile in tiles if tile.number and (tile.label or not tile.is_first)]
    places = {_key(box): place for place, box in enumerate(wire)}
    numbers = [
        Wanted(_padded(picture, (box.left, box.top, box.right, box.bottom)), places[_key_of(box)])
        for tile in whole
        for box in tile.number
        if _key_of(box) in places
    ]
    unit = grid.unit if grid else 0
    names: list[tuple[Rectangle | None, int | None]] = []
    for tile in whole if grid else ():
        name = next((box for box in tile.foot if box.left < tile.edge - _NAME_STARTS * unit), None)
        if name is None and tile.label:
            names.append((_name_line(picture, tile, unit), None))
        elif name and _key_of(name) in places:
            names.append((_name_line(picture, tile, unit, name), places[_key_of(name)]))
    return numbers + [Wanted(line, place) for line, place in names if line]


def _key(box: Mapping[str, Any]) -> tuple[Any, ...]:
    left, top, right, bottom = box["box"]
    return box["text"].strip(), left, top, right, bottom


def _key_of(box: Box) -> tuple[Any, ...]:
    return box.text, box.left, box.top, box.right, box.bottom


def _name_line(picture: Image.Image, tile: Tile, unit: float, name: Box | None = None) -> Rectangle | None:
    """The ink of the name on a tile; None when there is none, as on a tile that is cut off."""
    others = (box.left - PADDING for box in tile.foot if box is not name)
    until = min(others, default=tile.edge + _NAME_COLUMN[1] * unit)
    left, right = tile.edge + _NAME_COLUMN[0] * unit, until
    top, bottom = (tile.middle + offset * unit for offset in _NAME_LINE)
    if bottom > picture.height or left < 0 or right - left < unit * _WORD_GAP:
        return None
    band = picture.crop((round(left), round(top), round(right), round(bottom)))
    ink = _ink(band, unit)
    if ink is None:
        return None
    x0, y0, x1, y1 = ink
    return _padded(picture, (left + x0, top + y0, left + x1, top + y1))


def _ink(band: Image.Image, unit: float) -> Rectangle | None:
    """The rectangle around the first word's ink of a line, in its pixels."""
    gray = ImageOps.grayscale(band)
    paper = sorted(gray.resize((64, 8)).tobytes())[256]
    mask = gray.point([255 if abs(value - paper) > _INK else 0 for value in range(256)])
    columns = [x for x, any_ink in enumerate(mask.resize((mask.width, 1), Image.Resampling.BOX).tobytes()) if any_ink]
    ends = [left for left, right in pairwise(columns) if right - left > unit * _WORD_GAP]
    if not columns:
        return None
    word = mask.crop((columns[0], 0, (ends or columns)[0 if ends else -1] + 1, mask.height))
    rows = word.getbbox()
    share = word.histogram()[255] / (word.width * word.height)
    if rows is None or share < _LEAST_INK:
        return None
    return columns[0], rows[1], columns[0] + word.width, rows[3]


def _padded(picture: Image.Image, box: tuple[float, float, float, float]) -> Rectangle:
    left, top, right, bottom = box
    return (
        max(0, int(left) - PADDING),
        max(0, int(top) - PADDING),
        min(picture.width, int(right) + 1 + PADDING),
        min(picture.height, int(bottom) + 1 + PADDING),
    )
