"""More workers than may work at once (invariant I8)."""

import time

from slimy.jobs.models import Job
from tests.chaos.experiment import experiment
from tests.chaos.world import World

SLOTS, WORKERS, LOST = 10, 13, 3


@experiment(f"{WORKERS} workers for {SLOTS} slots; {LOST} that work are killed, those that stand by take over")
def slots(world: World) -> None:
    world.crew.hire_pool(WORKERS, JOBS_BATCH_SIZE="2")
    world.load.zoo("slow", 600)
    working = Job.objects.filter(status="active").values_list("claimed_by", flat=True).distinct()
    most = 0
    world.wait_until(lambda: working.count() == SLOTS, 20, f"{SLOTS} workers work")
    before = set(working.all())
    for name in list(before)[:LOST]:
        world.crew.members[name].kill()
    began, taken_over = time.monotonic(), None
    while world.open_jobs() and time.monotonic() - began < 60:
        now = set(working.all())
        living = {name for name in now if world.crew.members[name].alive} if now <= set(world.crew.members) else set()
        most = max(most, len(living))
        if taken_over is None and len(living) == SLOTS:
            taken_over = time.monotonic() - began
        world.pause(0.02)
    world.drain(10)
    world.require(most <= SLOTS, "I8", f"{most} workers at work at once")
    world.require(taken_over is not None, "I8", f"never {SLOTS} at work again, at most {most}")
    world.figures.note(
        f"at most {most} at work at once, {SLOTS} again {taken_over or 0:.1f} s after {LOST} were killed"
    )
