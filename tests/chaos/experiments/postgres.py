"""PostgreSQL is torn away: whole, or connection by connection, or in the middle of a COMMIT."""

import time

from slimy.sql import one
from tests.chaos.experiment import experiment
from tests.chaos.proxy import Proxy
from tests.chaos.world import World

OUTAGE_SECONDS = 6

TERMINATE = """
SELECT count(pg_terminate_backend(pid)) AS count FROM pg_stat_activity
 WHERE usename = current_user AND pid <> pg_backend_pid()"""


@experiment(f"PostgreSQL stopped at once under load (immediate shutdown), away for {OUTAGE_SECONDS} s")
def postgres_restarted(world: World) -> None:
    web = world.open_web()
    client = world.client(web, "bob")
    world.poll(web, "bob")
    world.crew.hire_pool(3)
    world.load.mixed(800)
    world.wait_until(lambda: world.count(status="completed") > 50, 20, "work has begun")
    world.house.postgres.crash()
    answers, lines, began = [], world.crew.lines(), time.monotonic()
    while time.monotonic() - began < OUTAGE_SECONDS:
        answers.append(client.post("zoo", {"how": "complete"}))
        world.pause(0.1)
    written = world.crew.lines() - lines
    world.start_again(world.house.postgres)
    good = [answer for answer in answers if answer.status == 503 and answer.headers.get("Retry-After")]
    world.require(len(good) == len(answers), "degraded", f"answers were {sorted({each.status for each in answers})}")
    world.require(written <= 3 * (OUTAGE_SECONDS + 2) * 2, "degraded", f"{written} log lines in {OUTAGE_SECONDS} s")
    slowest = max(answer.seconds for answer in answers)
    world.figures.note(f"{len(good)} of {len(answers)} requests meanwhile answered with 503 and Retry-After")
    world.figures.note(f"slowest {slowest:.2f} s; {written} log lines of 3 workers")
    for _ in range(20):
        client.insist("zoo", {"how": "complete"})
    world.drain(40)


@experiment("all sessions of workers and web processes terminated, every half second, 12 times; clients try again")
def sessions_terminated(world: World) -> None:
    client = world.client(world.open_web(), "bob")
    world.crew.hire_pool(3)
    terminated = tries = 0
    for _ in range(12):
        world.load.mixed(80)
        world.pause(0.5)
        terminated += (one(TERMINATE) or {})["count"]
        tries += sum(client.insist("zoo", {"how": "complete"}) for _ in range(5))
    statuses = sorted({answer.status for answer in client.answers})
    world.require(set(statuses) <= {202, 503}, "degraded", f"answers were {statuses}")
    world.figures.note(f"{terminated} sessions terminated; {tries} requests until all 60 had their 202")
    world.require(terminated >= 12, "set-up", "hardly any session was there to be terminated")
    world.drain(40)


@experiment("the answer to every tenth COMMIT lost, and that to every fifth BLMPOP; batches of 20")
def answers_lost(world: World) -> None:
    with Proxy(world.house.postgres.port) as postgres, Proxy(world.house.valkey.port) as valkey:
        world.crew.hire_pool(3, JOBS_BATCH_SIZE="20", **_through(world, postgres, valkey))
        postgres.lose_answers(b"COMMIT", 0.1)
        valkey.lose_answers(b"BLMPOP", 0.2)
        for _ in range(6):
            world.load.mixed(80)
            world.pause(0.5)
        postgres.behave()
        valkey.behave()
        world.drain(60)
        world.figures.note(f"{postgres.lost} COMMITs and {valkey.lost} BLMPOPs whose answer was lost")
        world.require(postgres.lost and valkey.lost, "set-up", "no answer was lost")


@experiment("a slow network (20 ms each way) that breaks every 2 s and is silent for 3 s once")
def rough_network(world: World) -> None:
    with Proxy(world.house.postgres.port) as postgres, Proxy(world.house.valkey.port) as valkey:
        world.crew.hire_pool(3, **_through(world, postgres, valkey))
        postgres.delay = valkey.delay = 0.02
        for turn in range(4):
            world.load.mixed(60)
            world.pause(2)
            postgres.swallowing = valkey.swallowing = turn == 2
            world.pause(3 if turn == 2 else 0)
            postgres.swallowing = valkey.swallowing = False
            postgres.cut()
            valkey.cut()
        postgres.behave()
        valkey.behave()
        world.drain(60)


def _through(world: World, postgres: Proxy, valkey: Proxy) -> dict[str, str]:
    through = world.house.through
    return through("DATABASE_URL", postgres.port) | through("REDIS_URL", valkey.port)
