"""Workers that are killed: at any moment, and at the worst ones."""

import json
import random
import subprocess
import time

from slimy.jobs import lifecycle
from slimy.stack.folder import CHECKOUT
from tests.chaos.experiment import experiment
from tests.chaos.house import on_leash
from tests.chaos.world import World

POOL, SINGLES = 4, 2
BACKLOG = 150
STORM_SECONDS = 120
RESCUE_SECONDS = 3.0


@experiment(f"SIGKILL of one of {POOL + SINGLES} workers each second for {STORM_SECONDS} s, under load")
def kill_storm(world: World) -> None:
    world.rescue_limit = RESCUE_SECONDS
    web = world.open_web()
    client = world.client(web, "bob")
    poller = world.poll(web, "bob")
    world.crew.hire_pool(POOL)
    world.crew.hire(SINGLES, keeping=True)
    truth = RqStats(world)
    end = time.monotonic() + STORM_SECONDS * world.scale
    next_kill, next_look = time.monotonic() + 1, time.monotonic() + 15
    while (now := time.monotonic()) < end:
        if world.count(status="queued") < BACKLOG:
            world.load.mixed(100)
        client.post("zoo", {"how": "complete"})
        if now >= next_kill:
            next_kill += 1
            _kill_one(world)
        if now >= next_look:
            next_look += 30
            truth.look()
        world.pause(0.04)
    world.drain(60)
    truth.settle()
    world.figures.note(f"{poller.requests} looks at the status of {len(poller.told)} jobs through the API")


@experiment("three workers killed after the commit, before the acknowledgement")
def kill_after_commit(world: World) -> None:
    _strike(world, "after_commit:kill")


@experiment("three workers killed after all effects of a batch, before the commit")
def kill_before_commit(world: World) -> None:
    _strike(world, "before_commit:kill")


@experiment("three workers killed between claim and work, three more in the middle of a batch")
def kill_while_claimed(world: World) -> None:
    _strike(world, "after_claim:kill")
    _strike(world, "mid_job:kill:.1")


def _strike(world: World, faults: str) -> None:
    """Let at least three workers die of their first batches, beside one that lives and mustn't take all the work."""
    before, end = len(world.crew.deaths), time.monotonic() + 30
    world.crew.hire()
    doomed = world.crew.hire_pool(3, SLIMY_FAULTS=faults)
    while len(world.crew.deaths) < before + 3 and time.monotonic() < end:
        if world.count(status="queued") < BACKLOG:
            world.load.mixed(300)
        world.pause(0.05)
    world.require(len(world.crew.deaths) >= before + 3, "the experiment", "three workers should have died")
    world.crew.end(doomed)
    world.drain(30)


def _kill_one(world: World) -> None:
    if victims := world.crew.alive:
        random.choice(victims).kill()


class RqStats:
    """What `manage.py rqstats --json` says of the workers, held against those that there are."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ghosts: list[int] = []

    def look(self) -> None:
        """Ask once, amid deaths: who lives is counted, and who died long ago isn't."""
        before, began = self._living(), time.time()
        counted = self._count()
        after = self._living()
        long_ago = began - lifecycle.BEAT_LASTS - 3
        lately = sum(died > long_ago for died in self.world.crew.deaths.values())
        true = len(before & after) <= counted <= len(before | after) + lately
        self.world.require(true, "rqstats", f"counts {counted} workers; {len(after)} live, {lately} died lately")
        self.ghosts.append(max(0, counted - len(before | after)))

    def settle(self) -> None:
        """After the storm: within the time that a sign of life lasts, exactly those are counted that live."""
        began = time.monotonic()
        while (counted := self._count()) != len(living := self._living()):
            if time.monotonic() - began > lifecycle.BEAT_LASTS + 3:
                break
            self.world.pause(0.5)
        self.world.require(counted == len(living), "rqstats", f"counts {counted} workers when {len(living)} live")
        self.world.figures.note(
            f"rqstats: at most {max(self.ghosts, default=0)} dead workers still counted during the storm, exact "
            f"{time.monotonic() - began:.0f} s after it"
        )

    def _living(self) -> set[str]:
        self.world.crew.tend()
        return {member.name for member in self.world.crew.alive}

    def _count(self) -> int:
        command = on_leash("manage.py", "rqstats", "--json")
        environment = self.world.house.environment()
        answer = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=True)
        return sum(queue["workers"] for queue in json.loads(answer.stdout)["queues"])  # each works on one
