"""What came of it: a table by route, and what speaks against it."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from tests.benchmarks.children import CHECKOUT
from tests.benchmarks.samples import amount, percentile

PAGE = CHECKOUT / "docs" / "load.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
HEADS = ("route", "requests", "p50", "p95", "p99", "longest", "429", "errors")


@dataclass
class Outcome:
    """A run: what the clients saw, what the ledger says."""

    seconds: float
    clients: int
    pause: float
    answers: list[tuple[str, str, float]]
    failures: list[str]
    reconnected: int
    ends: dict[str, str]
    accepted: dict[str, str]
    odd_messages: int = 0
    behind: list[int] = field(default_factory=list)
    drained_in: float = 0.0
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def lost(self) -> list[str]:
        """Promised jobs that are neither completed nor failed."""
        return [job for job in self.accepted if self.ends.get(job) not in ("completed", "failed")]

    @property
    def complaints(self) -> list[str]:
        """What makes the run a failure; empty when there is nothing."""
        wrong = list(self.failures)
        wrong += [f"job {job} was promised and is {self.ends.get(job, 'not there')}" for job in self.lost]
        if self.odd_messages:
            wrong.append(f"{self.odd_messages} messages without a completed job, or the other way round")
        if not any(status == "200" for _, status, _ in self.answers) or not self.accepted:
            wrong.append("nothing was measured")
        return wrong


def table(outcome):
    """Rows of text, one a route and one for all."""
    by_route = defaultdict(list)
    for route, status, milliseconds in outcome.answers:
        by_route[route].append((status, milliseconds))
    failed = Counter(line.partition(": ")[0] for line in outcome.failures)
    rows = [_row(f"`{route}`", by_route[route], failed[route]) for route in sorted(by_route)]
    everything = [pair for pairs in by_route.values() for pair in pairs]
    return [HEADS, *rows, _row("all", everything, len(outcome.failures))]


def _row(name, pairs, failures):
    times = [milliseconds for _, milliseconds in pairs]
    shares = (amount(percentile(times, share)) for share in (0.5, 0.95, 0.99))
    limited = sum(status == "429" for status, _ in pairs)
    return (name, str(len(pairs)), *shares, amount(max(times)), str(limited), str(failures))


def markdown(outcome):
    """The generated part of docs/load.md."""
    head, *rows = table(outcome)
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join([*lines, "", *(f"- {name}: {text}" for name, text in summary(outcome).items())])


def summary(outcome):
    """The rest, by name."""
    ends = Counter(outcome.ends.get(job, "not there") for job in outcome.accepted)
    rate = amount(len(outcome.answers) / outcome.seconds)
    behind = outcome.behind or [0]
    return {
        "load": f"{outcome.clients} clients for {outcome.seconds:.0f} s, {outcome.pause:g} s between answer and next "
        f"request on average: {rate} requests/s; times in milliseconds",
        "jobs": f"{len(outcome.accepted)} promised by a 202; " + ", ".join(f"{n} {end}" for end, n in ends.items()),
        "lost": str(len(outcome.lost)),
        "jobs behind": f"median {sorted(behind)[len(behind) // 2]}, at most {max(behind)}; all done "
        f"{outcome.drained_in:.1f} s after the last request",
        "errors other than 429": str(len(outcome.failures)),
        "connections made anew": f"{outcome.reconnected}, after the server had closed an idle one",
        **outcome.facts,
    }


def write(outcome):
    """Replace what stands between the markers of docs/load.md."""
    head, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}\n\n{markdown(outcome)}\n\n{END}{tail}")
