"""Whether lists and ledger stay as fast with millions of rows as with few, and what PostgreSQL does for lists."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from django.core.cache import cache
from django.db import connection
from rest_framework.test import APIClient

from tests.benchmarks import archive
from tests.benchmarks.budgets import Budget, Findings, Line
from tests.benchmarks.place import MAIN, Place, database
from tests.benchmarks.rows.ledger import batch_ms
from tests.benchmarks.samples import Sample, amount, in_turn, say
from tests.benchmarks.scale import Scale
from tests.benchmarks.statements import plan, recorded

SMALL, LARGE = "slimy_bench_small", "slimy_bench_large"
FEW = (100, 10_000)
PATH = "/api/chat/conversations?limit=20"
REQUESTS = 150  # a round
STATEMENTS = Budget("list 20 conversations with counts: statements of the request", 2, 1, unit="", at_most=True)
TIME = Budget("… its time with {} conversations and {} messages vs with {} and {}", 1.3, 1.0, at_most=True)
LEDGER = Budget(
    "claim and complete 100 jobs: time with {} finished jobs in the ledger vs with {}", 1.3, 1.0, at_most=True
)
METHOD = """
One user owns all of them: {} conversations and {} messages in one database, {} and {} in the other, with a finished
job for each message. A request goes through the whole of Django in one process, token and throttles included, {}
a round, medians. {} statements a request, and one for the token that isn't remembered from the last five seconds.
PostgreSQL's part, the list's own statement as the client waits for it: {} ms with many, {} ms with few.""".strip()


def measure(place: Place, scale: Scale) -> Findings:
    """Both databases in turn, then the plans of all lists in the large one."""
    connection.close()
    with database(place, SMALL, template=MAIN), database(place, LARGE, template=MAIN):
        tokens = {name: _fill(name, *size) for name, size in ((SMALL, FEW), (LARGE, scale.large))}
        statements: dict[str, list[float]] = {SMALL: [], LARGE: []}
        counts: list[tuple[int, int]] = []

        def request(name: str) -> float:
            with _connected_to(name):
                return _median(tokens[name], statements[name], counts)

        measures = {name: partial(request, name) for name in (SMALL, LARGE)}
        times = in_turn("lists", scale.rounds + 2, measures, " ms")
        batches = in_turn("ledger", scale.rounds, {name: partial(_ledger, name) for name in (SMALL, LARGE)}, " ms")
        with _connected_to(LARGE):
            plans = list(_plans(tokens[LARGE]))
    figures = {name: some.values for name, some in times.items()}
    findings = Findings(lines=[*_lines(times, counts, scale), _ledger_line(batches, scale)], figures=figures)
    total = statistics.median(total - authentication for total, authentication in counts)
    own = (amount(statistics.median(statements[name])) for name in (LARGE, SMALL))
    findings.notes = [
        METHOD.format(*map(_grouped, (*scale.large, *FEW)), REQUESTS, amount(total), *own),
        *plans,
    ]
    return findings


def _lines(times: dict[str, Sample], counts: list[tuple[int, int]], scale: Scale) -> list[Line]:
    what = TIME.what.format(*map(_grouped, (*scale.large, *FEW)))
    budget = Budget(what, TIME.must, TIME.aim, at_most=True)
    many, few = times[LARGE], times[SMALL]
    usual = statistics.median(total for total, _ in counts)
    return [
        Line(STATEMENTS, Sample((usual,)), ours="2 when the token isn't remembered"),
        Line(budget, many.over(few), ours=many.shown(" ms"), peer=f"with few: {few.shown(' ms')}"),
    ]


def _ledger(name: str) -> float:
    with _connected_to(name):
        return batch_ms()


def _ledger_line(times: dict[str, Sample], scale: Scale) -> Line:
    finished = (_grouped(messages) for _, messages in (scale.large, FEW))
    budget = Budget(LEDGER.what.format(*finished), LEDGER.must, LEDGER.aim, at_most=True)
    many, few = times[LARGE], times[SMALL]
    return Line(budget, many.over(few), ours=many.shown(" ms"), peer=f"with few: {few.shown(' ms')}")


def _fill(name: str, conversations: int, messages: int) -> str:
    began = time.monotonic()
    with _connected_to(name):
        token = archive.fill(conversations, messages)
    say(f"lists: {_grouped(messages)} messages made in {time.monotonic() - began:.0f} s")
    return token


def _median(token: str, own: list[float], counts: list[tuple[int, int]]) -> float:
    """Milliseconds of a request; notes the list's own statements and how many there are in all."""
    client, times = _client(token), []
    for number in range(REQUESTS + 10):
        with recorded() as statements:
            began = time.perf_counter()
            assert client.get(PATH).status_code == 200
            taken = (time.perf_counter() - began) * 1000
        lists = [statement for statement in statements if statement.touches("chat_conversation")]
        if number >= 10:
            times.append(taken)
            own.append(sum(statement.ms for statement in lists))
            counts.append((len(statements), sum(statement.touches("knox_authtoken") for statement in statements)))
    return statistics.median(times)


def _plans(token: str) -> Iterator[str]:
    """The plan of each list's statement: of its first page, and of the next."""
    client = _client(token)
    talk = _page(client, PATH)["conversations"][0]["id"]
    jobs = "/api/chat/db-jobs?limit=20"
    for path in (PATH, f"/api/chat/conversations/{talk}/messages?limit=50", jobs, f"{jobs}&status=completed"):
        for url in (path, f"{path}&cursor={_page(client, path)['nextCursor']}"):
            cache.clear()
            with recorded() as statements:
                _page(client, url)
            shown = url.replace(talk, "<id>").partition("cursor=")
            plans = [
                plan(each) for each in statements if not each.is_bookkeeping and not each.touches("knox_authtoken")
            ]
            yield "\n".join([f"`GET {shown[0]}{shown[1] and 'cursor=…'}`", "", "```", *plans, "```"])


def _page(client: APIClient, path: str) -> dict:
    response = client.get(path)
    assert response.status_code == 200, response.content
    return response.json()


def _client(token: str) -> APIClient:
    client = APIClient(SERVER_NAME="localhost")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@contextmanager
def _connected_to(name: str) -> Iterator[None]:
    """Django's connection leads to another database within the block."""
    connection.close()
    usual, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", " ")
