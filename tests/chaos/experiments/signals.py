"""Workers that are asked to end, politely or not (invariant I7)."""

import os
import signal
import time

from slimy.jobs.models import Job
from tests.chaos.experiment import experiment
from tests.chaos.world import World

ALLOWED = 10.0


@experiment("SIGTERM once, twice, and to a whole process group, each in the middle of a batch")
def sigterm(world: World) -> None:
    once, twice = world.crew.hire(2, JOBS_BATCH_SIZE="1")
    pool = world.crew.hire_pool(2, JOBS_BATCH_SIZE="1")
    world.load.zoo("sleep", 4)
    active = Job.objects.filter(status="active").values("claimed_by").distinct()
    world.wait_until(lambda: active.count() == 4, 15, "each worker has a job")
    world.load.mixed(200)
    began = time.monotonic()
    once.send(signal.SIGTERM)
    twice.send(signal.SIGTERM)
    os.killpg(pool.pid, signal.SIGTERM)
    world.pause(1.2)
    twice.send(signal.SIGTERM)
    processes = {process.pid: process for process in world.crew.commands}
    codes = {}
    for name, pid in (("twice", twice.pid), ("once", once.pid), ("group", pool.pid)):
        codes[name] = processes[pid].wait(ALLOWED + 5)
        world.figures.note(f"{name}: exit code {codes[name]} after {time.monotonic() - began:.1f} s")
        world.require(time.monotonic() - began <= ALLOWED, "I7", f"SIGTERM {name}: not gone in {ALLOWED:.0f} s")
    world.require(codes["once"] == codes["group"] == 0, "I7", f"exit codes {codes}")
    world.require(codes["twice"] != 0, "I7", "a worker that broke off said that all was well")
    world.crew.hire_pool(2)
    world.drain(40)
