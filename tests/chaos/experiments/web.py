"""The web process is killed between the commit and the message to Redis; clients say everything fifty times at once."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from tests.chaos.experiment import experiment
from tests.chaos.world import World

REQUESTS = 60
SAME, TURNS = 50, 6


@experiment("web process killed after the commit, before Redis knows, at every fifth job; clients try again")
def web_killed(world: World) -> None:
    web = world.open_web(SLIMY_FAULTS="before_ring:kill:.2")
    client = world.client(web, "bob")
    world.crew.hire_pool(2)
    tries = sum(client.insist("zoo", {"how": "complete"}) for _ in range(REQUESTS))
    unanswered = sum(answer.status == 0 for answer in client.answers)
    world.require(unanswered, "set-up", "no web process was killed")
    made = world.count(type="zoo")  # beside the events of the requests
    world.require(made == REQUESTS, "I1", f"{REQUESTS} requests made {made} jobs")
    world.figures.note(f"{tries} requests until all {REQUESTS} had their 202, {unanswered} without an answer")
    world.drain(40)


@experiment(f"the same request {SAME} times at once, with one Idempotency-Key, {TURNS} times over")
def same_request(world: World) -> None:
    web = world.open_web()
    clients = [world.client(web, "bob") for _ in range(SAME)]
    world.crew.hire_pool(2)
    with ThreadPoolExecutor(SAME) as threads:
        for _ in range(TURNS):
            key = uuid4().hex
            list(threads.map(lambda client, key=key: client.post("zoo", {"how": "complete"}, key), clients))
    answers = [answer for client in clients for answer in client.answers]
    good = [answer for answer in answers if answer.status == 202]
    made = world.count(type="zoo")
    world.require(len(good) == len(answers), "I1", f"answers were {sorted({each.status for each in answers})}")
    world.require(made == TURNS, "I2", f"{TURNS} requests, each {SAME} times, made {made} jobs")
    world.figures.note(f"{len(good)} of {len(answers)} answered with 202, which name {made} jobs")
    for client in clients:
        client.close()
    world.drain(20)
