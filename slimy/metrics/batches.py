"""Histograms that take many values at once: what a batch of jobs costs must not grow with what is counted of it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from typing import Any

from prometheus_client import Histogram


class BatchHistogram(Histogram):
    """A histogram without exemplars; a value is one step of bisection, a bucket is written once a batch."""

    def observe(self, amount: float, exemplar: dict[str, str] | None = None) -> None:
        """One value, in seconds."""
        self._sum.inc(amount)
        parts: list[Any] = self._buckets
        parts[bisect_left(self._upper_bounds, amount)].inc(1)

    def observe_all(self, amounts: Iterable[float]) -> None:
        """Many values."""
        values = list(amounts)
        bounds = self._upper_bounds
        self._sum.inc(sum(values))
        parts: list[Any] = self._buckets
        for index, count in Counter([bisect_left(bounds, value) for value in values]).items():
            parts[index].inc(count)
