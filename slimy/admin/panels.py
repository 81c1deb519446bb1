"""The panels of the home page. An app adds its own in its admin, so that `slimy` can show what it doesn't import.

A panel is data: figures, a chart, a table. The page draws it and asks for it again while somebody looks;
`/admin/figures.json` gives the same as JSON.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

FRESH = 2.0  # seconds for which all who look share what was read


@dataclass(frozen=True)
class Cell:
    """A value as it is shown: with a link to the rows behind it, and a tone (good, warn, bad, quiet or "")."""

    text: str
    url: str = ""
    tone: str = ""
    title: str = ""


@dataclass(frozen=True)
class Figure:
    """A number with its name, in large type."""

    name: str
    value: Cell
    note: str = ""


@dataclass(frozen=True)
class Series:
    """The values of a chart that belong together, one for each label; `tone` is the name of its colour."""

    name: str
    values: Sequence[float]
    tone: str
    url: str = ""


@dataclass(frozen=True)
class Chart:
    """Bars over labels: stacked and upright, or lying down. `links` are where a click on a label's bars leads."""

    labels: Sequence[str]
    series: Sequence[Series]
    unit: str
    heading: str  # of the labels, in the table that says the same
    stacked: bool = False
    lying: bool = False
    links: Sequence[str] = ()

    @property
    def rows(self) -> list[tuple[str, str, list[float]]]:
        """The chart as a table: label, link, and the value of each series."""
        links = self.links or [""] * len(self.labels)
        values = zip(*(series.values for series in self.series), strict=True)
        return [(label, link, list(some)) for label, link, some in zip(self.labels, links, values, strict=True)]


@dataclass(frozen=True)
class Table:
    """Rows under heads; `empty` is said when there are none."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    empty: str


@dataclass(frozen=True)
class Content:
    """What a panel shows now."""

    figures: Sequence[Figure] = ()
    chart: Chart | None = None
    table: Table | None = None
    note: str = ""
    more: Cell | None = None

    @property
    def chart_data(self) -> dict[str, Any]:
        """The chart for slimy/panels.js."""
        return asdict(self.chart) if self.chart else {}

    def as_json(self) -> dict[str, Any]:
        """Without what is empty."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass
class Panel:
    """A part of the home page, for those with the permission."""

    name: str
    title: str
    permission: str
    load: Callable[[], Content]
    width: str = "half"  # or "full"
    keep: float = FRESH
    _known: tuple[float, Content] | None = field(default=None, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def content(self) -> Content:
        """What it shows, read again after `keep` seconds; of those who ask at once, one reads."""
        with self._lock:
            if self._known is None or time.monotonic() >= self._known[0]:
                self._known = (time.monotonic() + self.keep, self.load())
            return self._known[1]

    def forget(self) -> None:
        """The next one who asks reads."""
        self._known = None


_panels: dict[str, Panel] = {}


def panel(
    name: str, title: str, permission: str, *, width: str = "half", keep: float = FRESH
) -> Callable[[Callable[[], Content]], Callable[[], Content]]:
    """Add the decorated function to the home page. Raises ImproperlyConfigured when the name is taken."""

    def add(load: Callable[[], Content]) -> Callable[[], Content]:
        if name in _panels:
            raise ImproperlyConfigured(f'The panel "{name}" is added twice.')
        _panels[name] = Panel(name, title, permission, load, width, keep)
        return load

    return add


def panels_for(request: HttpRequest) -> list[Panel]:
    """The panels that the user may see, as they were added."""
    return [each for each in _panels.values() if request.user.has_perm(each.permission)]


def forget_all() -> None:
    """Whatever was read is read again."""
    for each in _panels.values():
        each.forget()
