"""Redis delivers what it wants, as often as it wants, in whatever order."""

import random
from uuid import uuid4

from tests.chaos.experiment import experiment
from tests.chaos.world import World

QUEUE = "rq:queue:database"


@experiment("each message three times, shuffled, among forged ones; all once more after the end")
def shuffled(world: World) -> None:
    world.load.mixed(600)
    messages = world.link.lrange(QUEUE, 0, -1)
    several = messages * 3 + [f"{uuid4()}-1".encode() for _ in range(100)] + [b"garbage"] * 20
    random.shuffle(several)
    world.link.delete(QUEUE)
    world.link.rpush(QUEUE, *several)
    world.crew.hire_pool(3)
    world.drain(40)
    world.link.rpush(QUEUE, *several)
    world.wait_until(lambda: not world.link.llen(QUEUE), 20, "all messages were read again")
    world.pause(1)
    world.figures.note(f"{2 * len(several)} messages for {len(messages)} jobs")
