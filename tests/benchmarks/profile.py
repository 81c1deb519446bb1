"""Where the time goes: `python -m slimy.stack exec --durable -- python -m tests.benchmarks.profile worker|api|enqueue`.

Puts that part of our side under load, samples it with py-spy, and prints which functions the time was spent in, and how
many statements of SQL and commands of Valkey it took. py-spy may need root.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import django

from tests.benchmarks.place import OURS, Place, prepared

RATE = 250  # samples a second
WAITING = ("PubSubWorkerThread.run", "_worker (concurrent/futures/thread.py)", "Arbiter.run")  # when nothing is below


def main() -> int:
    """Profile a part. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.profile", description=__doc__)
    parser.add_argument("part", choices=("worker", "api", "enqueue"))
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--top", type=int, default=70, help="functions to show")
    options = parser.parse_args()
    with prepared() as place, tempfile.NamedTemporaryFile() as file:
        django.setup()
        from tests.benchmarks import loads, world

        world.migrate()
        sample = Sampler(place, options.seconds, Path(file.name))
        jobs = getattr(loads, options.part)(place, sample)
        print(f"{options.part}: {jobs:.0f} a second\n")
        print(shares(Path(file.name).read_text(), options.top))
        print(per_job(sample.commands, jobs * sample.took))
    return 0


class Sampler:
    """Called with a pid while that is at work: records its stacks, and what Valkey is asked meanwhile."""

    def __init__(self, place: Place, seconds: int, file: Path) -> None:
        self.client = place.client(OURS)
        self.seconds, self.file = seconds, file
        self.commands: dict[str, int] = {}
        self.took = 0.0

    def __call__(self, pid: int, meanwhile: Callable[[], object] = lambda: time.sleep(0.05)) -> None:
        """Sample the process and its children; `meanwhile` is called again and again."""
        where = ["--pid", str(pid), "--output", str(self.file)]
        how = [
            "--duration",
            str(self.seconds),
            "--rate",
            str(RATE),
            "--format",
            "raw",
            "--subprocesses",
            "--nonblocking",
        ]
        self.client.config_resetstat()
        began = time.monotonic()
        with subprocess.Popen(
            [str(Path(sys.executable).with_name("py-spy")), "record", *where, *how], stdout=subprocess.DEVNULL
        ) as spy:
            while spy.poll() is None:
                meanwhile()
        self.took = time.monotonic() - began
        self.commands = {name[8:]: facts["calls"] for name, facts in self.client.info("commandstats").items()}


def shares(raw: str, top: int) -> str:
    """The functions with the largest inclusive and own shares of py-spy's samples."""
    inclusive: Counter[str] = Counter()
    own: Counter[str] = Counter()
    total = 0
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = [_function(frame) for frame in stack.split(";")]
        if any(name in frames[-1] or name in frames[-2:][0] for name in WAITING) or _waits(frames):
            continue
        total += int(count)
        own[frames[-1]] += int(count)
        for frame in set(frames):
            inclusive[frame] += int(count)
    text = [f"{total} samples at work", "", "with what it calls:"]
    text += [f"{count / total:6.1%}  {frame}" for frame, count in inclusive.most_common(top)]
    text += ["", "by itself:"]
    return "\n".join([*text, *(f"{count / total:6.1%}  {frame}" for frame, count in own.most_common(top // 2))])


def per_job(commands: Mapping[str, int], jobs: float) -> str:
    """Commands of Valkey for each job."""
    found = sorted(commands.items(), key=lambda pair: -pair[1])
    return "\nValkey, commands a job: " + ", ".join(f"{name} {calls / jobs:.2f}" for name, calls in found[:14])


def _function(frame: str) -> str:
    """`name (file)` without the line."""
    return frame.rpartition(":")[0] + ")" if frame.endswith(")") and ":" in frame else frame


def _waits(frames: list[str]) -> bool:
    return any("PubSubWorkerThread" in frame for frame in frames)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
