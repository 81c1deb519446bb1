"""A second process of the suite, with servers of its own: experiments mostly wait, so two lanes take half the time."""

import json
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

from slimy.stack.folder import CHECKOUT
from tests.chaos.figures import Figures
from tests.chaos.house import House, on_leash
from tests.chaos.violation import Violation

STOP_SECONDS = 40


class Lane:
    """Runs the experiments called `names` until `deadline` (time.monotonic()) and shows them as they end."""

    def __init__(self, house: House, names: Sequence[str], scale: float, deadline: float) -> None:
        self._house, self._names = house, names
        self._report = house.path / "lane.json"
        options = ["--pgbouncer", house.pgbouncer.binary, "--pooled", house.pgbouncer.pooled] if house.pgbouncer else []
        options += ["--mode", house.mode, "--seconds-scale", str(scale), "--report", str(self._report)]
        options += ["--limit", str(deadline - time.monotonic())]
        command = on_leash("-m", "tests.chaos", "--only", *names, *options, ending=signal.SIGINT)
        self._process = subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.DEVNULL, start_new_session=True)
        house.at_end(self._stop)

    def results(self) -> list[Figures]:
        """Wait for its end; what it has not reported counts as broken."""
        while self._process.poll() is None:
            self._house.wait(0.1)
        done = read(self._report) if self._report.exists() else []
        return done or [not_run(name, "its lane ended without a report") for name in self._names]

    def _stop(self) -> None:
        """As Ctrl-C would."""
        self._process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        self._process.kill()
        self._process.wait()


def not_run(name: str, why: str) -> Figures:
    """The figures of an experiment that was not run."""
    return Figures(name, violations=[Violation("?", f"not run: {why}")])


def write(path: Path, results: Sequence[Figures]) -> None:
    """Leave results for `read`."""
    path.write_text(json.dumps([asdict(each) for each in results], default=str))


def read(path: Path) -> list[Figures]:
    """What `write` left."""
    results = [Figures(**each) for each in json.loads(path.read_text())]
    for each in results:
        each.violations = [_violation(**facts) for facts in each.violations]  # type: ignore[arg-type]
    return results


def _violation(invariant: str, sentence: str, ids: Sequence[str]) -> Violation:
    return Violation(invariant, sentence, tuple(UUID(id) for id in ids))
