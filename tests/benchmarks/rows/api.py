"""How many requests a second the API takes at 16 connections, and how many messages through `/bulk`."""

import sys
from functools import partial

from tests.benchmarks import node
from tests.benchmarks.budgets import Budget, Findings, Line
from tests.benchmarks.children import Child
from tests.benchmarks.contenders.api import ExpressApi, OurApi, Server, command_line
from tests.benchmarks.place import Place
from tests.benchmarks.samples import Sample, amount, in_turn, percentile
from tests.benchmarks.scale import Scale

CONNECTIONS = 16
WARM_UP = 1.5  # seconds
REQUESTS, MESSAGES = " requests/s", " messages/s"
SINGLE = Budget("`POST /api/chat/messages` at 16 connections, requests/s, vs Express + BullMQ", 0.6, 1.2)
CLUSTER = Budget("the same vs Express + BullMQ in 2 processes")
BULK = Budget("the same through `/bulk` (100 messages a request), messages/s, vs Express + BullMQ", 3, 10)
METHOD = """
A load generator of our own keeps {connections} connections busy for {seconds} s after {warm_up} s of warm-up, on the
same cores as the server; it is the same for all. 100 users take turns, each with a token and a conversation. No
worker runs meanwhile, neither ours nor theirs. All answers must be 202, and as many jobs must be in the queue (and
ours in the ledger) as were answered. Ours: `{command}`; it checks the token and the conversation's owner in
PostgreSQL, counts the request for the throttles, and commits the job durably before it answers. Express checks a JWT,
looks at no database and answers when Redis has the job.""".strip()


def measure(place: Place, scale: Scale) -> Findings:
    """All servers in turn."""
    single, bulk = OurApi(place), OurApi(place, messages=100)
    servers: list[Server] = [single, bulk]
    if not node.missing():
        express, cluster = ExpressApi(place, 1), ExpressApi(place, 2)
        servers = [single, express, bulk, cluster]
    latencies: dict[str, list[float]] = {}
    measures = {server.name: partial(_load, server, scale, latencies) for server in servers}
    speeds = in_turn("api", scale.rounds, measures, MESSAGES)
    findings = Findings(figures={name: sample.values for name, sample in speeds.items()})
    mine, many = speeds[single.name], speeds[bulk.name]
    if node.missing():
        findings.lines = [
            Line(SINGLE, None, ours=mine.shown(REQUESTS), verdict=node.missing()),
            Line(BULK, None, ours=many.shown(MESSAGES), verdict=node.missing()),
        ]
    else:
        theirs, both = speeds[express.name], speeds[cluster.name]
        findings.lines = [
            _line(SINGLE, mine, theirs, REQUESTS),
            _line(CLUSTER, mine, both, REQUESTS),
            _line(BULK, many, theirs, MESSAGES),
        ]
    findings.notes = [
        METHOD.format(connections=CONNECTIONS, seconds=scale.load_seconds, warm_up=WARM_UP, command=command_line()),
        "Milliseconds a request: " + "; ".join(f"{name} {_spread(times)}" for name, times in latencies.items()) + ".",
    ]
    return findings


def _line(budget: Budget, mine: Sample, theirs: Sample, unit: str) -> Line:
    return Line(budget, mine.over(theirs), ours=mine.shown(unit), peer=theirs.shown(unit))


def _spread(times: list[float]) -> str:
    return f"p50 {amount(percentile(times, 0.5))}, p99 {amount(percentile(times, 0.99))}"


def _load(server: Server, scale: Scale, latencies: dict[str, list[float]]) -> float:
    """Messages a second that the server accepts."""
    plan = {"connections": CONNECTIONS, "seconds": scale.load_seconds, "warm_up": WARM_UP}
    generator = Child([sys.executable, "-m", "tests.benchmarks.load"], {}, talks=True)
    with server.serving() as (port, requests), generator:
        answer = generator.ask(plan | {"port": port, "requests": requests})
    assert set(answer["statuses"]) == {"202"}, f"not all were accepted: {answer['statuses']}"
    assert server.accepted() == answer["sent"], f"{answer['sent']} were accepted, but {server.accepted()} wait"
    latencies.setdefault(server.name, []).extend(answer["latencies"])
    return len(answer["latencies"]) * server.messages / scale.load_seconds
