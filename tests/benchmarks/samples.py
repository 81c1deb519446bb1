"""Measuring in turn, so that what else the machine does meets all contenders alike."""

import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """The values of some rounds, of one unit."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def shown(self, unit: str = "") -> str:
        """Median and spread: `1 520 (1 480–1 600) jobs/s`."""
        low, high = min(self.values), max(self.values)
        spread = f" ({amount(low)}–{amount(high)})" if len(self.values) > 1 else ""
        return f"{amount(self.median)}{spread}{unit}"

    def over(self, other: "Sample") -> "Sample":
        """The ratios, round by round."""
        return Sample(tuple(mine / theirs for mine, theirs in zip(self.values, other.values, strict=True)))


def amount(value: float) -> str:
    """Three digits or more: 0.123, 12.3, 1 230."""
    return f"{value:,.0f}".replace(",", " ") if abs(value) >= 100 else f"{value:.3g}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of all are."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def in_turn(title: str, rounds: int, contenders: Mapping[str, Callable[[], float]], unit: str) -> dict[str, Sample]:
    """A B C, A B C …: what each contender returns, round by round."""
    values: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(1, rounds + 1):
        for name, measure in contenders.items():
            values[name].append(measure())
            say(f"{title}, round {number} of {rounds}: {name} {amount(values[name][-1])}{unit}")
    return {name: Sample(tuple(some)) for name, some in values.items()}


_began = time.monotonic()


def say(text: str) -> None:
    """A line about the progress, with the seconds since the start."""
    print(f"[{time.monotonic() - _began:4.0f} s] {text}", file=sys.stderr, flush=True)
