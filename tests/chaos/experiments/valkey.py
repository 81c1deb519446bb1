"""Redis is wiped, goes away, or loses what it said."""

import time

from tests.chaos.experiment import experiment
from tests.chaos.figures import percentile
from tests.chaos.world import World

OUTAGE_SECONDS = 30
SOON = 0.3  # seconds within which the API answers while Redis is away


@experiment("FLUSHALL with 1 000 jobs queued and some running")
def redis_wiped(world: World) -> None:
    world.crew.hire_pool(2)
    world.load.zoo("slow", 40)
    world.wait_until(lambda: world.count(status="active"), 10, "some are running")
    world.load.mixed(1000)
    queued, active = world.count(status="queued"), world.count(status="active")
    world.link.flushall()
    world.require(queued >= 1000 and active, "set-up", f"only {queued} queued and {active} running")
    world.figures.note(f"{queued} queued and {active} running when it was wiped")
    world.drain(60)


@experiment(f"Valkey down for {OUTAGE_SECONDS} s, back empty; the API keeps accepting")
def valkey_down(world: World) -> None:
    web = world.open_web()
    client = world.client(web, "bob")
    poller = world.poll(web, "bob")
    world.crew.hire_pool(3)
    world.load.mixed(400)
    world.wait_until(lambda: world.count(status="completed") > 50, 20, "work has begun")
    world.house.valkey.crash()
    lines, began = world.crew.lines(), time.monotonic()
    answers = [client.post("zoo", {"how": "complete"})]
    while time.monotonic() - began < OUTAGE_SECONDS * world.scale:
        world.pause(0.15)
        answers.append(client.post("zoo", {"how": "complete"}))
    written = world.crew.lines() - lines
    seconds = time.monotonic() - began
    world.start_again(world.house.valkey)
    world.require(all(answer.status == 202 for answer in answers), "I1", "the API refused a job while Redis was away")
    times = sorted(answer.seconds for answer in answers)
    world.require(
        percentile(times, 0.95) < SOON, "degraded", f"95 % of the answers took {percentile(times, 0.95):.2f} s"
    )
    world.require(written <= 3 * (seconds + 2), "degraded", f"{written} log lines of 3 workers in {seconds:.0f} s")
    world.figures.note(
        f"{len(answers)} jobs accepted meanwhile, p50 {1000 * percentile(times, 0.5):.0f} ms, "
        f"p99 {1000 * percentile(times, 0.99):.0f} ms; {written} log lines of 3 workers"
    )
    world.drain(60)
    world.require(poller.requests, "set-up", "nobody polled")
