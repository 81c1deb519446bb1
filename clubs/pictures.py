"""What the boxes of text on one picture say: its title, its metric and the rows of its tiles."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import inf
from statistics import median
from typing import Any

from clubs.boxes import Box, boxes_of
from clubs.geometry import grid_of
from clubs.labels import is_title, members_shown, split_last_seen
from clubs.names import folded
from clubs.pages import Sight
from clubs.readings import Metric
from clubs.rows import Row
from clubs.tiles import Tile, tiles_of

WHOLE_NUMBER = 0.88  # of the usual height; measured: numbers cut to less are misread with a good score
SURE_NUMBER = 0.9  # the score of a number whose label isn't there
WHOLE_NAME = 0.76  # of the height of numbers has a name that isn't cut; measured: 0.79 and more, misread at 0.73
_NAME_STARTS = 0.5  # of the column distance: a name begins left of that, to the number's right edge
_SEEN_ENDS = 0.25  # when last seen ends right of that
_SEEN_STARTS = 0.45

_NO_NAME = ("no_name", "The name on this tile could not be read.")
_NO_POWER = ("unsure_power", "The power on this tile could not be read for sure.")


def see(wire: Iterable[Mapping[str, Any]]) -> Sight:
    """What a picture shows. Tiles that an edge cuts off are left out; whole ones that can't be read become doubts."""
    boxes = boxes_of(wire)
    grid = grid_of(boxes)
    tiles = tiles_of(boxes, grid) if grid else []
    reader = _TileReader(tiles, grid.unit) if grid else None
    rows = [row for tile in tiles if reader and (row := reader.row(tile))]
    labels = [tile.label.metric for tile in tiles if tile.label and tile.label.metric]
    top = min((tile.middle for tile in tiles), default=None)
    return Sight(
        tuple(rows),
        has_title=any(is_title(box.text) for box in boxes),
        metric=_most(labels),
        button=_button(boxes, tiles),
        members_shown=_members_shown(boxes, top),
    )


class _TileReader:
    """Reads tiles one by one, knowing how high the numbers of this picture are."""

    def __init__(self, tiles: Sequence[Tile], unit: float) -> None:
        self.unit = unit
        labelled = [tile.number[-1].height for tile in tiles if tile.label and tile.number]
        self.number_height = median(labelled) if labelled else inf  # nothing to compare with: no number is sure

    def row(self, tile: Tile) -> Row | None:
        """The row of a tile; None when an edge of the list cuts it off."""
        if self._is_cut_above(tile) or self._is_cut_below(tile):
            return None
        name, last_seen = self._foot(tile)
        power = "".join("".join(box.text.split()) for box in tile.number)
        doubt = _NO_POWER if self._is_unsure(tile) else None if name else _NO_NAME
        scores = [box.score for box in (*tile.number, *tile.foot[:1]) if box.score is not None]
        return Row(name, {None: power}, min(scores, default=None), last_seen, doubt, _unsteady(tile), _place(tile))

    def _is_unsure(self, tile: Tile) -> bool:
        """Without a label above it a number may be cut, which no engine notices."""
        if tile.label and tile.number:
            return False
        return not tile.number or not (
            tile.number[-1].height >= WHOLE_NUMBER * self.number_height
            and all((box.score or 0) >= SURE_NUMBER for box in tile.number)
        )

    def _is_cut_above(self, tile: Tile) -> bool:
        return tile.is_first and not tile.label and self._is_unsure(tile)

    def _is_cut_below(self, tile: Tile) -> bool:
        if not tile.foot:
            return tile.is_last or not tile.label
        return tile.is_last and tile.foot[0].height < WHOLE_NAME * self.number_height

    def _foot(self, tile: Tile) -> tuple[str | None, str | None]:
        """Name and last seen. When words nobody knows stand where it belongs, these are last seen as they are."""
        if not tile.foot:
            return None, None
        *before, last = tile.foot
        rest, last_seen = last.text, None
        if last.right >= tile.edge - _SEEN_ENDS * self.unit:
            rest, last_seen = split_last_seen(last.text)
        if before and not last_seen and last.left > tile.edge - _SEEN_STARTS * self.unit:
            rest, last_seen = "", last.text
        name = " ".join([box.text for box in before] + [rest]).strip()
        starts_left = tile.foot[0].left <= tile.edge - _NAME_STARTS * self.unit
        return name if starts_left and name else None, last_seen


def _unsteady(tile: Tile) -> tuple[tuple[str, str], ...]:
    """What a second look read otherwise."""
    again = ["".join((box.text if box.again is None else box.again).split()) for box in tile.number]
    number = "".join("".join(box.text.split()) for box in tile.number)
    flags = []
    if "".join(again) != number:
        flags.append(("unsteady_power", f"Looked at closely it reads {''.join(again)[:20] or 'nothing'}."))
    name = tile.foot[0] if tile.foot else None
    if name and name.again is not None and folded(name.again.casefold()) != folded(name.text.casefold()):
        flags.append(("unsteady_name", f"Looked at closely it reads {name.again[:40]!r}."))
    return tuple(flags)


def _place(tile: Tile) -> tuple[float, float, float, float]:
    """The rectangle around the texts of a tile."""
    boxes = [box for box in (tile.label, *tile.number, *tile.foot) if box]
    lefts, tops = (min(edges) for edges in zip(*((box.left, box.top) for box in boxes), strict=True))
    rights, bottoms = (max(edges) for edges in zip(*((box.right, box.bottom) for box in boxes), strict=True))
    return lefts, tops, rights, bottoms


def _most(metrics: Iterable[Metric]) -> Metric | None:
    """What most labels say; None when as many say the other."""
    ranked = Counter(metrics).most_common(2)
    return None if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]) else ranked[0][0]


def _button(boxes: Sequence[Box], tiles: Sequence[Tile]) -> Metric | None:
    """What the button under the tiles says: the lowest label that isn't a tile's, larger than theirs."""
    heights = [tile.label.height for tile in tiles if tile.label]
    largest = max(heights, default=0)
    lowest = max((tile.middle for tile in tiles), default=0)
    below = [box for box in boxes if box.metric and box.middle > lowest and box.height > largest]
    return below[-1].metric if below else None


def _members_shown(boxes: Sequence[Box], top: float | None) -> int | None:
    """N of "N/M" above the tiles, the one nearest under the title."""
    title = next((box.bottom for box in boxes if is_title(box.text)), None)
    counts = [
        (abs(box.middle - title) if title is not None else box.middle, shown)
        for box in boxes
        if (top is None or box.middle < top) and (shown := members_shown(box.text)) is not None
    ]
    return min(counts)[1] if counts else None
