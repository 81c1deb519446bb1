"""How many `save_message` jobs a worker does a second from a full queue."""

from functools import partial

from tests.benchmarks import node
from tests.benchmarks.budgets import Budget, Findings, Line
from tests.benchmarks.contenders import celery, rq
from tests.benchmarks.contenders.bullmq import BullMQ
from tests.benchmarks.contenders.drain import Contender, drain
from tests.benchmarks.contenders.ours import Ours
from tests.benchmarks.place import Place
from tests.benchmarks.samples import Sample, in_turn
from tests.benchmarks.scale import Scale

UNIT = " jobs/s"
BULLMQ = Budget("`save_message` from a full queue, one worker, vs BullMQ at concurrency 10", 4, 10)
FORK = Budget("the same vs RQ's stock worker, which forks for each job", 100, 300)
OTHERS = "the same vs {}"
WORK = """
Each job checks the owner, touches the conversation and inserts a message of 120 characters; 100 conversations of 100
owners take turns; every commit is durable. Ours also claims and completes each job in the ledger, checks the owner's
rights again and writes a log line; the peers keep no ledger and log nothing.""".strip()
METHOD = """
The worker is started, warmed up and stopped (SIGSTOP) while the queue fills with what it will probably do in
{seconds:.0f} s; the clock runs from SIGCONT to the time of the last effect, as PostgreSQL says it. After each run
the effects are checked: each job's message exactly once, and for ours that each job is `completed` at its first
attempt and messages stand in the order of acceptance.""".strip()


def measure(place: Place, scale: Scale) -> Findings:
    """All contenders in turn."""
    ours, stock = Ours(place), rq.forking(place)
    contenders: list[Contender] = [ours, stock, rq.simple(place), celery.prefork(place), celery.solo(place)]
    if not node.missing():
        contenders.insert(1, BullMQ(place))
    measures = {each.name: partial(drain, each, scale.drain_seconds) for each in contenders}
    speeds = in_turn("worker", scale.rounds, measures, UNIT)
    mine = speeds.pop(ours.name)
    findings = Findings(figures={ours.name: mine.values} | {name: some.values for name, some in speeds.items()})
    if "BullMQ" not in speeds:
        findings.lines.append(Line(BULLMQ, None, ours=mine.shown(UNIT), verdict=node.missing()))
    for name, theirs in speeds.items():
        budget = {"BullMQ": BULLMQ, stock.name: FORK}.get(name) or Budget(OTHERS.format(name))
        findings.lines.append(_line(budget, mine, theirs))
    findings.notes = [WORK, METHOD.format(seconds=scale.drain_seconds)]
    return findings


def _line(budget: Budget, mine: Sample, theirs: Sample) -> Line:
    return Line(budget, mine.over(theirs), ours=mine.shown(UNIT), peer=theirs.shown(UNIT))
