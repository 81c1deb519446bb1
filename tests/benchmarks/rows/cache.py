"""What the cache brings: a read that it doesn't know against the same read right after."""

import statistics
import time

from rest_framework.test import APIClient

from chat.models import Conversation, Message
from guilds.models import Guild, Membership, Role
from slimy.accounts.models import User
from slimy.cache import invalidate
from slimy.generations import EVERYTHING
from tests.benchmarks import world
from tests.benchmarks.budgets import Budget, Findings, Line
from tests.benchmarks.place import Place
from tests.benchmarks.samples import Sample, say
from tests.benchmarks.scale import Scale

GUILD = "998877665544332211"
MEMBERS, MESSAGES = 500, 20_000
PATHS = (f"/api/guilds/{GUILD}/analytics", "/api/users/me", f"/api/guilds/{GUILD}/settings")
METHOD = """
A guild of {members} members with {messages} messages of 14 days, in one process: a read after everything in the cache
was dropped, then the same read again; medians of {runs}.""".strip()


def measure(place: Place, scale: Scale) -> Findings:
    """Hit and miss in turn."""
    client = APIClient(SERVER_NAME="localhost", raise_request_exception=True)
    client.force_authenticate(_populate())
    findings = Findings(notes=[METHOD.format(members=MEMBERS, messages=MESSAGES, runs=scale.cache_runs)])
    for path in PATHS:
        missed, hit = _compare(client, path, scale.cache_runs)
        what = Budget(f"cached `GET {path.replace(GUILD, '<id>')}`, miss vs hit")
        findings.lines.append(
            Line(what, Sample((missed / hit,)), ours=f"hit {hit:.2f} ms", peer=f"miss {missed:.2f} ms")
        )
        findings.figures[path] = {"miss": missed, "hit": hit}
        say(f"cache: {path} miss {missed:.2f} ms, hit {hit:.2f} ms")
    return findings


def _populate() -> User:
    """A guild with members who wrote messages; returns one of its admins."""
    world.populate()
    users = User.objects.bulk_create(User(username=f"member{number}") for number in range(MEMBERS))
    guild = Guild.objects.create(id=GUILD, name="Benchmark")
    Membership.objects.bulk_create(Membership(guild=guild, user=user, role=Role.ADMIN) for user in users)
    talks = Conversation.objects.bulk_create(Conversation(owner=user) for user in users)
    Message.objects.bulk_create(
        (
            Message(
                conversation=talks[n % MEMBERS], author=users[n % MEMBERS], position=n, role="user", content="hello"
            )
            for n in range(MESSAGES)
        ),
        batch_size=5000,
    )
    return users[0]


def _compare(client: APIClient, path: str, runs: int) -> tuple[float, float]:
    """Milliseconds of a read that the cache doesn't know and of the same read right after."""
    misses: list[float] = []
    hits: list[float] = []
    for _ in range(runs):
        invalidate(EVERYTHING)
        for times in (misses, hits):
            began = time.perf_counter()
            status = client.get(path).status_code
            assert status == 200, status
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(misses), statistics.median(hits)
