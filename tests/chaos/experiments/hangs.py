"""Jobs and workers that get stuck."""

import signal
import time

from slimy.jobs.models import Job
from tests.chaos.experiment import experiment
from tests.chaos.world import World

LIMITS = {"JOBS_SECONDS": "1", "JOBS_HANG_SECONDS": "2"}
BAD = {"expected": "failed", "attempts": None, "neighbour": False}


@experiment("jobs that hang in SQL, in Python, swallowing every exception, and in C, each among 24 good ones")
def hangs(world: World) -> None:
    good = [("zoo", {"how": "complete"}, {})] * 24
    ways = ("sql", "spin", "swallow_for_ever", "hold_the_interpreter")
    bad = [world.load.accept([("overlong", {"way": way}, BAD), *good])[0] for way in ways]
    world.crew.hire_pool(3, **LIMITS)
    world.drain(90)
    jobs = Job.objects.in_bulk(bad)
    codes = {way: jobs[id].errors[-1]["code"] for way, id in zip(ways, bad, strict=True) if jobs[id].errors}
    world.require(len(codes) == len(ways), "I4", f"only {codes} have a reason")
    world.figures.note(", ".join(f"{way}: {code}" for way, code in codes.items()) + " (limit 1 s, watchdog 2 s)")


@experiment("a worker that stalls for 4 s between claim and work, while others take its jobs")
def stalled(world: World) -> None:
    world.crew.hire(2, SLIMY_FAULTS="after_claim:delay=4000")
    world.load.mixed(100)
    world.wait_until(lambda: world.count(status="active"), 10, "the slow ones have claimed something")
    world.crew.hire_pool(2)
    world.drain(40)
    world.pause(4.5)  # the slow ones come back to jobs that are no longer theirs


@experiment("a worker stopped (SIGSTOP) in the middle of a batch, continued after the others have taken over")
def frozen(world: World) -> None:
    (victim,) = world.crew.hire(1, **LIMITS)
    world.load.zoo("slow", 8)
    world.wait_until(lambda: world.count(status="active"), 10, "it works")
    world.pause(0.1)
    victim.send(signal.SIGSTOP)
    began = time.monotonic()
    world.crew.hire_pool(2, **LIMITS)
    world.load.mixed(100)
    world.drain(20)
    taken_over = not world.open_jobs()
    world.require(taken_over, "I1", f"a stopped worker still keeps its jobs after {time.monotonic() - began:.0f} s")
    if taken_over:
        world.figures.note(f"its jobs were done {time.monotonic() - began:.1f} s after it was stopped")
    victim.send(signal.SIGCONT)
    world.pause(2)
    world.require(victim.alive or world.crew.deaths, "set-up", "the worker vanished")
