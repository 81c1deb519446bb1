"""How long one job takes on an idle system, from the call that enqueues it until its effect is committed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg

from slimy.jobs.queue import add_job
from tests.benchmarks import node, world
from tests.benchmarks.budgets import Budget, Findings, Line
from tests.benchmarks.contenders.bullmq import BullMQ
from tests.benchmarks.contenders.ours import Ours
from tests.benchmarks.messages import PEOPLE, message
from tests.benchmarks.place import Place
from tests.benchmarks.samples import Sample, amount, percentile, say
from tests.benchmarks.scale import Scale

PAUSE = 5  # milliseconds between two jobs, so that the worker waits again
WARM_UP = 30
BUDGETS = {0.5: Budget("enqueue → completed on an idle system, p50, vs BullMQ", 1.5, 1, at_most=True)}
BUDGETS[0.99] = Budget("the same, p99", 1.5, 1, at_most=True)
TELL = """
CREATE OR REPLACE FUNCTION bench_tell() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN NOTIFY bench; RETURN NULL; END $$"""
METHOD = """
One job at a time, {jobs} a round, {pause} ms apart, the worker a process of its own. Ours: from calling `add_job` (it
checks, inserts into the ledger, commits, tells Redis) until the transaction with the message and `completed` is
committed. BullMQ: from calling `queue.add` until the transaction with the message is committed. Both learn of it from
the same trigger (`NOTIFY`, delivered at the commit) on a connection that waits for it.""".strip()
EVENTS = "BullMQ, until its own `QueueEvents` tells the producer"


def measure(place: Place, scale: Scale) -> Findings:
    """Ours and BullMQ in turn."""
    measures = {Ours.name: partial(_ours, place)}
    if not node.missing():
        measures |= {BullMQ.name: partial(_bullmq, place, "effect"), EVENTS: partial(_bullmq, place, "event")}
    rounds: dict[str, list[list[float]]] = {name: [] for name in measures}
    for number in range(1, scale.rounds + 1):
        for name, times_of in measures.items():
            rounds[name].append(times := times_of(scale.lone_jobs))
            p50, p99 = (amount(percentile(times, share)) for share in BUDGETS)
            say(f"latency, round {number} of {scale.rounds}: {name} p50 {p50} ms, p99 {p99} ms")
    findings = Findings(notes=[METHOD.format(jobs=scale.lone_jobs, pause=PAUSE)])
    findings.lines = [_line(budget, rounds, share) for share, budget in BUDGETS.items()]
    for name, some in rounds.items():
        samples = {f"p{share * 100:.0f}": _sample(some, share) for share in BUDGETS}
        findings.figures[name] = {what: sample.values for what, sample in samples.items()}
        shown = ", ".join(f"{what} {sample.shown(' ms')}" for what, sample in samples.items())
        findings.notes.append(f"{name}: {shown}.")
    return findings


def _sample(rounds: list[list[float]], share: float) -> Sample:
    return Sample(tuple(percentile(times, share) for times in rounds))


def _line(budget: Budget, rounds: dict[str, list[list[float]]], share: float) -> Line:
    mine = _sample(rounds[Ours.name], share)
    if BullMQ.name not in rounds:
        return Line(budget, None, ours=mine.shown(" ms"), verdict=node.missing())
    theirs = _sample(rounds[BullMQ.name], share)
    return Line(budget, mine.over(theirs), ours=mine.shown(" ms"), peer=theirs.shown(" ms"))


def _ours(place: Place, jobs: int) -> list[float]:
    contender, total = Ours(place), WARM_UP + jobs
    contender.reset()
    with _told("chat_message"), contender.worker(), psycopg.connect(place.postgres(), autocommit=True) as listener:
        listener.execute("LISTEN bench")
        times = [_one(contender.people[n % PEOPLE], n, listener) for n in range(total)]
    contender.check(total)
    return times[WARM_UP:]


def _one(person: world.Person, n: int, listener: psycopg.Connection[Any]) -> float:
    """Milliseconds of job n."""
    data = {"conversationId": str(person.conversation.pk), "message": message(n)}
    time.sleep(PAUSE / 1000)
    began = time.perf_counter()
    add_job("database", "save_message", data, person.user)
    assert list(listener.notifies(timeout=20, stop_after=1)), "the job had no effect"
    return (time.perf_counter() - began) * 1000


def _bullmq(place: Place, by: str, jobs: int) -> list[float]:
    contender = BullMQ(place)
    contender.reset()
    with _told("bench_peer.message"), contender.worker(), contender.producer() as producer:
        times: list[float] = producer.ask({"latency": WARM_UP + jobs, "pause": PAUSE, "by": by})["times"]
    contender.check(WARM_UP + jobs)
    return times[WARM_UP:]


@contextmanager
def _told(table: str) -> Iterator[None]:
    """Each insert into `table` notifies the channel `bench` when it commits."""
    world.execute(TELL)
    world.execute(f"CREATE TRIGGER bench_tell AFTER INSERT ON {table} EXECUTE FUNCTION bench_tell()")
    try:
        yield
    finally:
        world.execute(f"DROP TRIGGER bench_tell ON {table}")
