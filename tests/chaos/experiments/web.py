"""The web process is killed between the commit and the message to Redis."""

from tests.chaos.experiment import experiment
from tests.chaos.world import World

REQUESTS = 60


@experiment("web process killed after the commit, before Redis knows, at every fifth job; clients try again")
def web_killed(world: World) -> None:
    web = world.open_web("--preload", SLIMY_FAULTS="before_ring:kill:.2")
    client = world.client(web, "bob")
    world.crew.hire_pool(2)
    tries = sum(client.insist("zoo", {"how": "complete"}) for _ in range(REQUESTS))
    unanswered = sum(answer.status == 0 for answer in client.answers)
    world.require(unanswered, "set-up", "no web process was killed")
    made = world.count(type="zoo")  # beside the events of the requests
    world.require(made == REQUESTS, "I1", f"{REQUESTS} requests made {made} jobs")
    world.figures.note(f"{tries} requests until all {REQUESTS} had their 202, {unanswered} without an answer")
    world.drain(40)
