"""One experiment after the other, and the table of what came of them."""

import argparse
import os
import platform
import time
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime

from django.core.management import call_command

from slimy.stack.console import Console
from slimy.stack.errors import Stop
from tests.chaos.experiment import Experiment, all_experiments
from tests.chaos.figures import Figures, header, line, markdown
from tests.chaos.house import House
from tests.chaos.lane import Lane, not_run, write
from tests.chaos.violation import Violation
from tests.chaos.world import World

ALONE = ("kill_storm", "flood_of_failures")  # they need the whole machine; the others run two at a time

console = Console()


def prepare() -> None:
    """Make the tables, also those of the zoo, which has no migrations."""
    call_command("migrate", run_syncdb=True, verbosity=0)


def run(house: House, options: argparse.Namespace) -> int:
    """Run what the options name, or all. Returns 1 when an invariant was broken."""
    began = time.monotonic()
    house.deadline = began + options.limit
    known = all_experiments()
    chosen = [_named(known, name) for name in options.only]
    if options.report:  # another process shows the rest
        results = _in_turn(house, chosen, options.seconds_scale)
        write(options.report, results)
    else:
        console.say(header())
        results = _in_turn(house, chosen, options.seconds_scale) or _all(house, known, options.seconds_scale)
        summary = _sum_up(results, time.monotonic() - began)
        console.say(summary)
        if options.markdown:
            console.say(f"\n{_machine(house)}. {summary}\n")
            console.say(markdown(results, {each.name: each.purpose for each in known.values()}))
    return int(any(each.violations for each in results))


def _all(house: House, known: dict[str, Experiment], scale: float) -> list[Figures]:
    """Some alone, the others in two lanes; in the order in which they are known."""
    results = _in_turn(house, [known[name] for name in ALONE], scale)
    rest = [each for each in known.values() if each.name not in ALONE]
    lane = Lane(house, [each.name for each in rest[1::2]], scale, house.deadline)
    results += _in_turn(house, rest[::2], scale)
    results += lane.results()
    return sorted(results, key=lambda each: list(known).index(each.name))


def _in_turn(house: House, experiments: Sequence[Experiment], scale: float) -> list[Figures]:
    results = []
    for each in experiments:
        late = time.monotonic() > house.deadline
        results.append(not_run(each.name, "the time was up") if late else _one(house, each, scale))
        _show(results[-1])
    return results


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
                world.figures.clues += traceback.format_exception(error)[-2:]
    if world.figures.violations:
        world.figures.clues += world.crew.last_words()[-12:]
    return world.figures


def _named(known: dict[str, Experiment], name: str) -> Experiment:
    if name not in known:
        raise SystemExit(f"There is no experiment {name!r}. There are: {', '.join(known)}.")
    return known[name]


def _show(figures: Figures) -> None:
    words = [*figures.notes, *map(str, figures.violations), *figures.clues]
    console.say("\n    ".join([line(figures.cells()), *words]))  # at once: the other lane writes, too


def _sum_up(results: list[Figures], seconds: float) -> str:
    broken = [figures.name for figures in results if figures.violations]
    verdict = f"BROKEN in {', '.join(broken)}" if broken else "every invariant holds"
    jobs, deaths = sum(each.jobs for each in results), sum(each.deaths for each in results)
    return f"{len(results)} experiments, {jobs} jobs, {deaths} workers that died in {seconds:.0f} s: {verdict}."


def _machine(house: House) -> str:
    versions = f"Python {platform.python_version()}, PostgreSQL {house.postgres.version}, Valkey {house.valkey.version}"
    if house.pgbouncer:
        versions += f", pgbouncer {house.pgbouncer.version} (--pooled {house.pgbouncer.pooled})"
    return f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processors, {versions}"
