"""Runs the parts one after the other; one that fails doesn't take the others along."""

import time
import traceback
from collections.abc import Sequence
from importlib import import_module

from tests.benchmarks import machine, node, world
from tests.benchmarks.budgets import Budget, Findings, Line
from tests.benchmarks.place import Place
from tests.benchmarks.results import Results
from tests.benchmarks.samples import say
from tests.benchmarks.scale import Scale


def run(place: Place, parts: Sequence[str], scale: Scale) -> Results:
    """Measure the named parts."""
    began = time.monotonic()
    world.migrate()
    world.populate_peers()
    if why := node.missing():
        say(f"{why}: rows that need it are left out")
    results = Results(machine=machine.facts(place))
    for name in parts:
        try:
            results.parts[name] = import_module(f"tests.benchmarks.rows.{name}").measure(place, scale)
        except Exception as error:
            traceback.print_exc()
            results.failed = True
            lost = Line(Budget(f"({name})"), None, verdict=f"FAILED: {type(error).__name__}")
            results.parts[name] = Findings([lost], [f"This part failed: {str(error)[:500]}"])
    results.seconds = time.monotonic() - began
    return results
