"""What a job waits for: `python -m slimy.stack exec --durable -- python -m tests.benchmarks.timings full|lone`.

Executes `save_message` jobs in this process, from a full queue or one after the other, and prints for each statement
and command the time until its answer, a job; what goes with COMMIT is in the time of COMMIT. Docs/benchmarks.md,
"Where the time goes", has its figures.
"""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import django

from tests.benchmarks.place import OURS, prepared

T = TypeVar("T")
FULL, LONE = 8_000, 400  # jobs
WARM_UP = 500, 50


class Stopwatch:
    """Seconds and calls by what was waited for."""

    def __init__(self) -> None:
        self.found: dict[str, list[float]] = defaultdict(list)

    def time(self, what: str, do: Callable[[], T]) -> T:
        """What `do` returns."""
        began = time.perf_counter()
        try:
            return do()
        finally:
            self.found[what].append(time.perf_counter() - began)

    @contextmanager
    def statements(self) -> Iterator[None]:
        """Within the block each statement of ours is timed, and each COMMIT."""
        from django.db import connection

        def statement(execute: Any, sql: str, *more: Any) -> Any:
            return self.time(" ".join(sql.split())[:70], lambda: execute(sql, *more))

        commit = connection._commit
        connection._commit = lambda: self.time("COMMIT", commit)
        try:
            with connection.execute_wrapper(statement):
                yield
        finally:
            connection._commit = commit


def main() -> int:
    """Measure and print. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.timings", description=__doc__)
    parser.add_argument("queue", choices=("full", "lone"))
    queue = parser.parse_args().queue
    with prepared() as place:
        django.setup()
        from slimy.garbage import settle_in
        from slimy.jobs.executor import Executor
        from tests.benchmarks import world
        from tests.benchmarks.contenders.ours import Ours

        world.migrate()
        ours = Ours(place)
        ours.reset()
        settle_in()
        executor, link = Executor("timings", ["database"]), place.client(OURS)
        measure = _full if queue == "full" else _lone
        watch, jobs, cpu, took = measure(ours, executor, link)
    print(f"{jobs} jobs, {jobs / took:.0f} a second, {cpu / jobs * 1e6:.0f} µs a job of them this process's own CPU\n")
    for what, times in sorted(watch.found.items(), key=lambda pair: -sum(pair[1])):
        print(f"{sum(times) / jobs * 1e6:8.1f} µs a job, {len(times):5d} times  {what}")
    return 0


def _full(ours: Any, executor: Any, link: Any) -> tuple[Stopwatch, int, float, float]:
    ours.fill(FULL + WARM_UP[0], 0)
    _batch(executor, link, Stopwatch(), WARM_UP[0])
    watch = Stopwatch()
    began, cpu, jobs = time.perf_counter(), time.process_time(), 0
    with watch.statements():
        while done := _batch(executor, link, watch, 500):
            jobs += done
    return watch, jobs, time.process_time() - cpu, time.perf_counter() - began


def _lone(ours: Any, executor: Any, link: Any) -> tuple[Stopwatch, int, float, float]:
    watch = Stopwatch()
    began, cpu = time.perf_counter(), time.process_time()
    for number in range(LONE + WARM_UP[1]):
        if number == WARM_UP[1]:
            watch = Stopwatch()
            began, cpu = time.perf_counter(), time.process_time()
        ours.fill(1, number)
        with watch.statements():
            _batch(executor, link, watch, 1)
    return watch, LONE, time.process_time() - cpu, time.perf_counter() - began


def _batch(executor: Any, link: Any, watch: Stopwatch, most: int) -> int:
    """Take, execute, acknowledge; how many there were."""
    from slimy.jobs.queue import ledger_ids

    found = watch.time("LMPOP", lambda: link.lmpop(1, "rq:queue:database", direction="LEFT", count=most))
    if not found:
        return 0
    rest = watch.time("(all of the batch)", lambda: executor.execute(ledger_ids(found[1]))).rest
    while rest:
        rest = executor.execute(rest).rest
    watch.time("UNLINK", lambda: link.unlink(*(b"rq:job:" + message for message in found[1])))
    return len(found[1])


if __name__ == "__main__":
    sys.exit(main())
