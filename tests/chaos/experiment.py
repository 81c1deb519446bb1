"""The list of experiments. Each is a function of a `World`, with what it does in a sentence."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.chaos.world import World

Run = Callable[["World"], None]

ORDER = "kills chat poison failures hangs signals slots locks delivery valkey postgres web flood"


@dataclass(frozen=True)
class Experiment:
    """`purpose` says what is done, for readers."""

    name: str
    purpose: str
    run: Run


_experiments: dict[str, Experiment] = {}


def experiment(purpose: str) -> Callable[[Run], Run]:
    """Register the decorated function under its own name."""

    def register(run: Run) -> Run:
        _experiments[run.__name__] = Experiment(run.__name__, purpose, run)
        return run

    return register


def all_experiments() -> dict[str, Experiment]:
    """By name."""
    for module in ORDER.split():
        importlib.import_module(f"tests.chaos.experiments.{module}")
    return _experiments
