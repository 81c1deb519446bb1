"""How long one `save_message` takes while five workers beside it wait for a slow language model.

Not among the parts that are measured by default: `make bench ARGS="--only chat"`.
"""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

import psycopg

from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from tests.benchmarks import world
from tests.benchmarks.budgets import Budget, Findings, Line
from tests.benchmarks.children import Child
from tests.benchmarks.contenders.ours import Ours
from tests.benchmarks.messages import PEOPLE
from tests.benchmarks.place import Place
from tests.benchmarks.rows.latency import WARM_UP, _one, _told
from tests.benchmarks.samples import Sample, amount, percentile, say
from tests.benchmarks.scale import Scale
from tests.model import Model

ASKING, ANSWER_SECONDS = 5, 2.0
IDLE, BESIDE = "alone", f"beside {ASKING} workers that wait for a model"
BUDGETS = {0.5: Budget("save_message beside a slow model vs without, p50", 1.3, 1.05, at_most=True)}
BUDGETS[0.99] = Budget("the same, p99", 1.5, 1.1, at_most=True)
METHOD = """
One job at a time, {jobs} a round, in turn; beside it {asking} workers of `chat`, each of which waits {seconds} s for
every answer.""".strip()


def measure(place: Place, scale: Scale) -> Findings:
    """Alone and beside, in turn."""
    rounds: dict[str, list[list[float]]] = {IDLE: [], BESIDE: []}
    for number in range(1, scale.rounds + 1):
        for name, some in rounds.items():
            some.append(times := _times(place, scale.lone_jobs, asks=name == BESIDE))
            p50, p99 = (amount(percentile(times, share)) for share in BUDGETS)
            say(f"chat, round {number} of {scale.rounds}: {name} p50 {p50} ms, p99 {p99} ms")
    findings = Findings(notes=[METHOD.format(jobs=scale.lone_jobs, asking=ASKING, seconds=ANSWER_SECONDS)])
    findings.lines = [_line(budget, rounds, share) for share, budget in BUDGETS.items()]
    return findings


def _line(budget: Budget, rounds: Mapping[str, list[list[float]]], share: float) -> Line:
    alone, beside = (Sample(tuple(percentile(times, share) for times in some)) for some in rounds.values())
    return Line(budget, beside.over(alone), ours=beside.shown(" ms"), peer=alone.shown(" ms"))


def _times(place: Place, jobs: int, *, asks: bool) -> list[float]:
    contender, total = Ours(place), WARM_UP + jobs
    contender.reset()
    with ExitStack() as stack:
        stack.enter_context(_told("chat_message"))
        stack.enter_context(contender.worker())
        if asks:
            stack.enter_context(_asking(place, contender))
        listener = stack.enter_context(psycopg.connect(place.postgres(), autocommit=True))
        listener.execute("LISTEN bench")
        times = [_one(contender.people[n % PEOPLE], n, listener) for n in range(total)]
        if asks:
            assert Job.objects.filter(queue="chat", status="active").count() == ASKING, "nobody was asking any more"
    assert world.value("SELECT count(*) FROM chat_message") == total
    return times[WARM_UP:]


@contextmanager
def _asking(place: Place, contender: Ours) -> Iterator[None]:
    """Five workers that ask; questions without a conversation, so that all messages are the ones measured."""
    with Model(seconds=ANSWER_SECONDS) as model, ExitStack() as stack:
        for n in range(400):
            add_job("chat", "chat_bot_interaction", {"prompt": str(n)}, contender.people[n % PEOPLE].user)
        for _ in range(ASKING):
            command = [sys.executable, "manage.py", "rqworker", "chat"]
            stack.enter_context(Child(command, place.ours() | model.environment))
        until = time.monotonic() + 60
        while model.at_once < ASKING:
            assert time.monotonic() < until, "they never asked together"
            time.sleep(0.05)
        yield
