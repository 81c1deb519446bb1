"""What plain text says about members: one a line, or name, power and last seen on lines of their own.

Lines of their own come in either order: a person writes the name first, the game shows it under the power.
"""

import re
from collections.abc import Sequence
from typing import Any

from clubs.labels import is_title, members_shown, metric_of, names_on, split_last_seen
from clubs.pages import Sight
from clubs.pairing import Name, Part, Power, Seen, rows_of
from clubs.powers import NotAPower, parse_power
from clubs.readings import Metric
from clubs.rows import Row

_FIELDS = re.compile(r"\s*[\t|;]\s*")
_POWER = r"-?\d[\d,._'\u00a0\u2009\u202f]*(?: \d{3})*(?: ?[KMBTkmbt])?"
_NAME_AND_POWER = re.compile(rf"(?P<name>.*[^\d\s,:=].*?)[\s,:=]+(?P<power>{_POWER})")
_LABEL_AND_POWER = re.compile(rf"(?P<label>[^\d]{{3,20}}?)[\s:=]*(?P<power>{_POWER})")
_MIN_DIGITS = 3  # of a power that nothing marks as one
_MAX_LINE = 200

_TWO_POWERS = ("metric_unknown", "There are two powers in this row, and nothing says which is which.")
_NAME_ENDS = ("no_name", "It is not clear where the name on this line ends.")


def see(text: str) -> Sight:
    """The rows of a text and what it says about the page."""
    lines = [line.strip()[:_MAX_LINE] for line in text.splitlines() if line.strip()]
    reader = _Reader()
    parts = [part for line in lines for part in reader.read(line)]
    return Sight(
        tuple(rows_of(parts)),
        has_title=any(map(is_title, lines)),
        metric=reader.metrics[0] if len(set(reader.metrics)) == 1 else None,
        members_shown=next((shown for line in lines if (shown := members_shown(line)) is not None), None),
    )


class _Reader:
    """Reads line by line, and keeps what a heading said about the columns after it."""

    def __init__(self) -> None:
        self.metrics: list[Metric] = []
        self.columns: list[Metric | None] = []
        self.has_commas = False

    def read(self, line: str) -> list[Part]:
        """The parts of members on this line, if any."""
        if len(fields := self._fields(line)) > 1:
            return self._table(fields)
        if metric := metric_of(line):
            self.metrics.append(metric)
            return []
        if is_title(line) or members_shown(line) is not None:
            return []
        labelled = _LABEL_AND_POWER.fullmatch(line)
        if labelled and (metric := metric_of(labelled["label"])):
            self.metrics.append(metric)
            return [Power(labelled["power"])]
        return [part for piece in names_on(line) for part in _parts(piece)]

    def _fields(self, line: str) -> list[str]:
        """The fields of a table's row. Commas part fields only after a heading with commas: they group thousands."""
        fields = _FIELDS.split(line.strip("|; "))
        if len(fields) > 1:
            return fields
        fields = [field.strip() for field in line.split(",")]
        if _is_heading(fields):
            self.has_commas = len(fields) > 1
            return fields
        return fields if self.has_commas and len(fields) == len(self.columns) else [line]

    def _table(self, fields: Sequence[str]) -> list[Part]:
        """The row of a table: the name, powers, perhaps last seen. A heading names the powers."""
        if _is_heading(fields):
            self.columns = [metric_of(field) for field in fields]
            self.metrics += [metric for metric in self.columns if metric]
            return []
        powers: dict[Metric | None, Any] = {}
        last_seen, doubt = None, None
        for value, metric in zip(fields[1:], [*self.columns[1:], *[None] * len(fields)], strict=False):
            before, seen = split_last_seen(value)
            if seen and not before:
                last_seen = seen
            elif value:
                doubt = _TWO_POWERS if metric in powers else doubt
                powers[metric] = value
        return [Row(fields[0], powers, None, last_seen, doubt)] if powers or last_seen else []


def _is_heading(fields: Sequence[str]) -> bool:
    return any(map(metric_of, fields)) and not any(char.isdigit() for field in fields for char in field)


def _parts(line: str) -> list[Part]:
    """A whole row, or the part of one that is on this line."""
    rest, last_seen = split_last_seen(line)
    rest = rest.strip(" ,:")
    seen: list[Part] = [Seen(last_seen)] if last_seen else []
    if not rest:
        return seen or [Row(None, {}, doubt=_NAME_ENDS)]
    if powers := _powers(rest):
        return [*powers, *seen]
    found = _NAME_AND_POWER.fullmatch(rest)
    if found and _is_power(found["power"]):
        return [Row(found["name"].strip(" ,:="), {None: found["power"]}, None, last_seen)]
    return [Name(rest), *seen]


def _powers(text: str) -> list[Part]:
    """The power, or powers side by side, that a text is and nothing else; they may be unreadable."""
    if _is_power(text):
        return [Power(text)]
    words = text.split()
    return [Power(word) for word in words] if all(len(word) > _MIN_DIGITS and _is_power(word) for word in words) else []


def _is_power(text: str) -> bool:
    digits = sum(char.isdigit() for char in text)
    try:
        return parse_power(text) >= 0 and (digits >= _MIN_DIGITS or not text[-1].isdigit())
    except NotAPower:
        return (
            digits >= _MIN_DIGITS and digits * 2 > len(text) and not any(char.isalpha() or char == " " for char in text)
        )
