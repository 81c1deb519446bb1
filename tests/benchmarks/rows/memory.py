"""What a worker that has done many jobs holds in memory."""

import time
from collections.abc import Iterator

import psutil

from tests.benchmarks import world
from tests.benchmarks.budgets import Budget, Findings, Line
from tests.benchmarks.children import Child
from tests.benchmarks.contenders.ours import Ours
from tests.benchmarks.place import OURS, Place
from tests.benchmarks.samples import Sample, say
from tests.benchmarks.scale import Scale

KEY = "rq:queue:database"
AT_ONCE = 1_000  # jobs put into the queue together, when no more than so many wait
FIRST = 500  # jobs until everything is loaded
FLAT = 2.0  # MiB
WHAT = "resident memory of a worker after {} jobs, MiB"
METHOD = """
One worker, {jobs} `save_message` jobs{why}. The queue is kept full by SQL: rows of the ledger, and their ids in Redis
without RQ's envelopes, which our worker doesn't read. Resident memory after the first {first} jobs {start:.1f} MiB,
then after each tenth of all: {tenths}. "Flat" is how much it grew over the last half of the jobs.""".strip()
JOBS = """
WITH talks AS (SELECT id, owner_id, row_number() OVER () AS k FROM chat_conversation),
new AS (
  INSERT INTO slimy_job
    (id, queue, type, payload, owner_id, priority, request_id, fingerprint, status, attempts, max_attempts, setbacks,
     crashes, solo_crashes, claim_size, claimed_by, deliveries, ring_at, errors)
  SELECT uuidv7(), 'database', 'save_message', jsonb_build_object('conversationId', t.id, 'message', jsonb_build_object(
           'role', 'user', 'content', repeat('hello world ', 10), 'personalityMode', 'helpful')),
         t.owner_id, 0, '', '', 'queued', 0, 3, 0, 0, 0, 0, '', 1, now() + interval '1 hour', '[]'
    FROM generate_series(1, {count}) n JOIN talks t ON t.k = n % 100 + 1
  RETURNING id)
SELECT array_agg(id || '-1') FROM new"""


def measure(place: Place, scale: Scale) -> Findings:
    """Feed a worker and look at its memory all the while."""
    ours = Ours(place)
    ours.reset()
    with ours.worker() as child:
        samples = list(_samples(place, child, scale))
    world.execute("TRUNCATE slimy_job, chat_message")
    return _findings(samples, scale)


def _findings(samples: list[tuple[int, float]], scale: Scale) -> Findings:
    jobs, last = samples[-1]
    shown = f"{jobs:,}".replace(",", " ")
    why = "" if jobs >= scale.memory_jobs else f" (what fits into {scale.memory_seconds:.0f} s; `--full` does 200 000)"
    tenths = ", ".join(f"{_at(samples, jobs * tenth // 10):.1f}" for tenth in range(1, 11))
    grown = Sample((last - _at(samples, jobs // 2),))
    first, start = samples[0]
    return Findings(
        [
            Line(Budget(WHAT.format(shown), 120, unit="", at_most=True), Sample((last,)), ours=f"{last:.1f} MiB"),
            Line(Budget("… its growth over the last half of them, MiB", FLAT, unit="", at_most=True), grown),
        ],
        [METHOD.format(jobs=shown, why=why, first=first, start=start, tenths=tenths)],
        {"jobs and MiB": samples[:: max(1, len(samples) // 200)]},
    )


def _samples(place: Place, child: Child, scale: Scale) -> Iterator[tuple[int, float]]:
    """(jobs done, MiB held), a few a second, from the first jobs done to the last."""
    queue, process, fed = place.client(OURS), psutil.Process(child.pid), 0
    until = time.monotonic() + (scale.memory_seconds or 3600)
    while True:
        waiting = int(queue.llen(KEY))
        if fed - waiting >= FIRST:
            yield fed - waiting, process.memory_info().rss / 2**20
        if fed < scale.memory_jobs and time.monotonic() < until:
            if waiting < AT_ONCE:
                count = min(AT_ONCE, scale.memory_jobs - fed)
                queue.rpush(KEY, *world.value(JOBS.format(count=count)))
                fed += count
        elif waiting == 0:
            break
        child.wait_until(lambda: True, 1)  # it still lives
        time.sleep(0.05)
    child.wait_until(lambda: _completed() == fed, 30)
    say(f"memory: {fed} jobs done")
    yield fed, process.memory_info().rss / 2**20


def _completed() -> int:
    return int(world.value("SELECT count(*) FROM slimy_job WHERE status = 'completed'"))


def _at(samples: list[tuple[int, float]], jobs: int) -> float:
    return next(mib for done, mib in samples if done >= jobs)
