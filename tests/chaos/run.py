"""One experiment after the other, and the table of what came of them."""

import argparse
import time
import traceback

from django.core.management import call_command

from slimy.stack.console import Console
from slimy.stack.errors import Stop
from tests.chaos.experiment import Experiment, all_experiments
from tests.chaos.figures import Figures, header, line, markdown
from tests.chaos.house import House
from tests.chaos.violation import Violation
from tests.chaos.world import World

LIMIT = 590.0  # seconds for all of them; what has not ended by then counts as broken

console = Console()


def prepare() -> None:
    """Make the tables, also those of the zoo, which has no migrations."""
    call_command("migrate", run_syncdb=True, verbosity=0)


def run(house: House, options: argparse.Namespace) -> int:
    """Run what the options name, or all. Returns 1 when an invariant was broken, 2 when an experiment failed itself."""
    known = all_experiments()
    chosen = [_named(known, name) for name in options.only] or list(known.values())
    began = time.monotonic()
    house.deadline = began + LIMIT
    console.say(header())
    results = []
    for each in chosen:
        late = time.monotonic() > house.deadline
        results.append(_not_run(each) if late else _one(house, each, options.seconds_scale))
        _show(results[-1])
    _sum_up(results, time.monotonic() - began)
    if options.markdown:
        console.say(markdown(results, {each.name: each.purpose for each in chosen}))
    return int(any(each.violations for each in results))


def _one(house: House, experiment: Experiment, scale: float) -> Figures:
    world = World(house, experiment.name, scale)
    with world:
        for step in (experiment.run, World.judge):  # also what an experiment that failed has left is judged
            try:
                step(world)
            except Stop:
                raise
            except Exception as error:
                world.figures.violations.append(Violation("?", f"the experiment itself failed: {error!r}"))
                world.figures.note("".join(traceback.format_exception(error)[-3:]))
    if world.figures.violations:
        world.figures.notes += [f"log: {words}" for words in world.crew.last_words()[-12:]]
    return world.figures


def _not_run(experiment: Experiment) -> Figures:
    return Figures(experiment.name, violations=[Violation("?", "not run: the time of the suite was up")])


def _named(known: dict[str, Experiment], name: str) -> Experiment:
    if name not in known:
        raise SystemExit(f"There is no experiment {name!r}. There are: {', '.join(known)}.")
    return known[name]


def _show(figures: Figures) -> None:
    console.say(line(figures.cells()))
    for text in [*figures.notes, *map(str, figures.violations)]:
        console.say(f"    {text}")


def _sum_up(results: list[Figures], seconds: float) -> None:
    broken = [figures.name for figures in results if figures.violations]
    verdict = f"BROKEN in {', '.join(broken)}" if broken else "every invariant holds"
    jobs, deaths = sum(each.jobs for each in results), sum(each.deaths for each in results)
    console.say(f"{len(results)} experiments, {jobs} jobs, {deaths} workers that died in {seconds:.0f} s: {verdict}")
