"""Rows, wherever they were read, to readings and problems."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median_low
from typing import Any

from clubs.names import NoName, canonical, tidy
from clubs.powers import TIMES_OFF, NotAPower, is_outlier, parse_power
from clubs.readings import Metric, Problem, Reading

_ENOUGH = 5  # values, for their median to say anything


@dataclass(frozen=True)
class Row:
    """One row as it came, nothing in it checked. A power of no metric is of the one that the page shows.

    `doubt`, a code and a sentence, is why its reader doesn't trust it; `flags` are doubts about what it does trust.
    `place` is where the row stands on its picture: left, top, right, bottom, in pixels.
    """

    name: Any
    powers: Mapping[Metric | None, Any]
    confidence: Any = None
    last_seen: Any = None
    doubt: tuple[str, str] | None = None
    flags: tuple[tuple[str, str], ...] = ()
    place: tuple[float, float, float, float] | None = None


@dataclass
class _Entry:
    index: int
    row: Row
    name: str | None
    powers: dict[Metric, int] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def report(self, code: str, message: str) -> None:
        self.problems.append(Problem(self.index, self.name, code, message))

    def reading(self) -> Reading | None:
        """None when the name or every power is missing."""
        if not self.name or not self.powers or self.row.doubt:
            return None
        return Reading(
            self.index,
            self.name,
            self.powers.get(Metric.SIM),
            self.powers.get(Metric.TOTAL),
            _share(self.row.confidence),
            tidy(self.row.last_seen) or None if isinstance(self.row.last_seen, str) else None,
            tuple(sorted(set(self.flags))),
        )


def shown(row: Row, metric: Metric | None) -> Row:
    """The row on a page that shows this metric."""
    return replace(row, powers={of or metric: power for of, power in row.powers.items()})


def checked(rows: Sequence[Row], start: int = 0) -> tuple[list[Reading], list[Problem]]:
    """Readings and problems of a page's rows; their indexes count from `start`."""
    entries = [_parsed(index, row) for index, row in enumerate(rows, start)]
    for metric in Metric:
        _judge(entries, metric)
    readings = [reading for entry in entries if (reading := entry.reading())]
    return readings, [problem for entry in entries for problem in entry.problems]


def _parsed(index: int, row: Row) -> _Entry:
    entry = _Entry(index, row, _name(row.name))
    for code, message in row.flags:
        entry.report(code, message)
        entry.flags.append(code)
    if row.doubt:
        entry.report(*row.doubt)
        return entry
    if not entry.name:
        entry.report("no_name", "There is no name in this row.")
    given = {metric: value for metric, value in row.powers.items() if metric and value is not None}
    for metric, value in given.items():
        try:
            entry.powers[metric] = parse_power(_whole(value))
        except NotAPower as error:
            entry.report("not_a_power", error.reason)
    if not given:
        entry.report("no_power", "There is no power in this row.")
    return entry


def _name(value: object) -> str | None:
    """The name as shown, when a member can be found by it again."""
    try:
        return tidy(value) if isinstance(value, str) and canonical(value) else None
    except NoName:
        return None


def _whole(value: Any) -> Any:
    """A whole number as JSON may also write it, 5.0, as one; anything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _judge(entries: list[_Entry], metric: Metric) -> None:
    """A power far off the page's median is refused where an engine read it; as a number somebody vouches for it."""
    powers = [entry.powers[metric] for entry in entries if metric in entry.powers]
    if len(powers) < _ENOUGH:
        return
    median = median_low(powers)
    for entry in entries:
        power = entry.powers.get(metric)
        if power is None or not is_outlier(power, median):
            continue
        entry.report("outlier_power", f"{power:,} is more than {TIMES_OFF} times off this page's median, {median:,}.")
        if not isinstance(entry.row.powers[metric], str):
            entry.flags.append("outlier_power")
        else:
            del entry.powers[metric]


def _share(confidence: object) -> float | None:
    """A confidence of 0 to 1; None for anything else."""
    if isinstance(confidence, int | float) and not isinstance(confidence, bool) and 0 <= confidence <= 1:
        return float(confidence)
    return None
