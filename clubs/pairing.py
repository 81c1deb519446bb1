"""Names and powers on lines of their own, paired."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from clubs.rows import Row

_UNCLEAR = ("unclear_order", "It is not clear which name this power belongs to.")


@dataclass(frozen=True)
class Name:
    """A line that may be a name: whatever is nothing else."""

    text: str
    last_seen: str | None = None


@dataclass(frozen=True)
class Power:
    """A line that is a power."""

    text: str


@dataclass(frozen=True)
class Seen:
    """When the member named last was last seen."""

    text: str


Part = Name | Power | Seen | Row


def rows_of(parts: Iterable[Part]) -> list[Row]:
    """Rows of parts in the order of the text. Rows that were whole stay as they are."""
    rows: list[Row] = []
    loose: list[Name | Power] = []
    for part in _with_seen(parts):
        if isinstance(part, Row):
            rows += [*_paired(loose), part]
            loose = []
        else:
            loose.append(part)
    return rows + _paired(loose)


def _with_seen(parts: Iterable[Part]) -> list[Name | Power | Row]:
    """The parts without those that say when somebody was seen: the name before has that now."""
    kept: list[Name | Power | Row] = []
    named: int | None = None
    for part in parts:
        if not isinstance(part, Seen):
            named = named if isinstance(part, Power) else len(kept)
            kept.append(part)
        elif named is not None and not isinstance(before := kept[named], Power):
            kept[named] = replace(before, last_seen=before.last_seen or part.text)
    return kept


def _paired(parts: Sequence[Name | Power]) -> list[Row]:
    """Rows of names and powers on lines of their own. What the text ends with tells which of the two comes first."""
    if not parts:
        return []
    power_first = isinstance(parts[-1], Name)
    blocks: list[list[Name | Power]] = [[]]
    for before, part in zip([parts[0], *parts], parts, strict=False):
        if isinstance(part, Power) == power_first and isinstance(before, Power) != power_first:
            blocks.append([])
        blocks[-1].append(part)
    noisy = len(blocks) - 1 if power_first else 0  # where other texts of the screen stand
    return [row for number, block in enumerate(blocks) for row in _block(block, power_first, number == noisy)]


def _block(block: Sequence[Name | Power], power_first: bool, is_noisy: bool) -> list[Row]:
    """Rows of names and powers that stand together: one power with the name next to it, or as many of each."""
    names = [part for part in block if isinstance(part, Name)]
    powers = [part for part in block if isinstance(part, Power)]
    if not powers and power_first:
        return []  # above the first power: the head of the screen, and tiles that are cut off
    if len(powers) == 1 and names:
        nearest = names.pop(0 if power_first else -1)
        alone = [Row(name.text, {}, None, name.last_seen) for name in names if name.last_seen or not is_noisy]
        row = Row(nearest.text, {None: powers[0].text}, None, nearest.last_seen)
        return [row, *alone] if power_first else [*alone, row]
    if len(names) == len(powers):
        pairs = zip(names, powers, strict=True)
        return [Row(name.text, {None: power.text}, None, name.last_seen) for name, power in pairs]
    doubt = _UNCLEAR if names and powers else None
    alone = [Row(name.text, {}, None, name.last_seen, doubt) for name in names if name.last_seen or not is_noisy]
    return alone + [Row(None, {None: power.text}, doubt=doubt) for power in powers]
