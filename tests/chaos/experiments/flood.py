"""Ten thousand jobs that all fail."""

import time

from slimy.sql import one, query
from tests.chaos.experiment import experiment
from tests.chaos.figures import percentile
from tests.chaos.world import World

FAILING_JOBS = 10_000
BATCH = 2000

PAUSES = """
SELECT min(pause) FILTER (WHERE attempt = 2) AS first, min(pause) FILTER (WHERE attempt = 3) AS second
  FROM (SELECT attempt, at - lag(at) OVER (PARTITION BY id ORDER BY attempt) AS pause
          FROM slimy_job, jsonb_to_recordset(errors) AS e(attempt int, at timestamptz, code text)
         WHERE code = 'internal_error') AS pauses"""

COUNTS = "SELECT max(deliveries) AS deliveries, sum(attempts) AS attempts FROM slimy_job"

WAITS = """
SELECT extract(epoch FROM finished_at - created_at)::float8 AS seconds FROM slimy_job
 WHERE id = ANY(%(ids)s) AND finished_at IS NOT NULL ORDER BY 1"""


@experiment(f"{FAILING_JOBS} jobs that fail, accepted at once, beside a client whose jobs are good")
def flood_of_failures(world: World) -> None:
    promise = {"expected": "failed", "attempts": 3, "neighbour": False}
    for _ in range(FAILING_JOBS // BATCH):
        world.load.accept([("zoo", {"how": "python_error"}, promise)] * BATCH)
    world.crew.hire_pool(4, JOBS_BATCH_SIZE="50", LOG_LEVEL="INFO")
    innocent, longest, began = [], 0, time.monotonic()
    while world.count(status="failed") < FAILING_JOBS and time.monotonic() - began < 150:
        innocent += world.load.zoo("complete")
        longest = max(longest, world.link.llen("rq:queue:database"))
        world.pause(0.2)
    world.drain(60)
    world.figures.drained = time.monotonic() - began
    _judge(world, innocent, longest)


def _judge(world: World, innocent: list, longest: int) -> None:
    seen = (one(PAUSES) or {}) | (one(COUNTS) or {})
    lines = world.crew.lines()
    waits = [row["seconds"] for row in query(WAITS, {"ids": innocent})]
    least = seen["first"].total_seconds(), seen["second"].total_seconds()
    world.require(least[0] >= 2 and least[1] >= 4, "retries", f"came back after {least[0]:.1f} and {least[1]:.1f} s")
    world.require(longest <= 1.2 * FAILING_JOBS, "flood", f"{longest} messages at once in Redis")
    most = 1.1 * seen["attempts"] + 500
    world.require(lines <= most, "flood", f"{lines} log lines for {seen['attempts']} attempts")
    world.figures.note(
        f"{seen['attempts']} attempts, at least {least[0]:.1f} and {least[1]:.1f} s apart; at most {longest} messages "
        f"in Redis, at most {seen['deliveries']} a job; {lines} log lines; the good jobs took "
        f"p50 {percentile(waits, 0.5):.1f} s, p99 {percentile(waits, 0.99):.1f} s"
    )
