"""`python -m tests.benchmarks`: cached reads, hit against miss, in one run on the same servers.

Needs DATABASE_URL and REDIS_URL of servers whose data may be lost; `make bench` brings its own.
"""

import statistics
import time

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from rest_framework.test import APIClient  # noqa: E402

from chat.models import Conversation, Message  # noqa: E402
from guilds.models import Guild, Membership, Role  # noqa: E402
from slimy.accounts.models import User  # noqa: E402
from slimy.cache import invalidate  # noqa: E402
from slimy.generations import EVERYTHING  # noqa: E402

GUILD = "998877665544332211"
MEMBERS, MESSAGES = 500, 20_000
RUNS = 100


def main() -> None:
    """Make data, measure hits and misses in turn, print a table."""
    call_command("migrate", verbosity=0)
    client = APIClient(SERVER_NAME="localhost", raise_request_exception=True)
    client.force_authenticate(populate())
    print(f"{MEMBERS} members, {MESSAGES} messages of 14 days; medians of {RUNS} runs, hit and miss in turn")
    print(f"{'read':36}{'miss ms':>10}{'hit ms':>10}{'miss/hit':>10}")
    for path in (f"/api/guilds/{GUILD}/analytics", "/api/users/me", f"/api/guilds/{GUILD}/settings"):
        missed, hit = compare(client, path)
        print(f"{path:36}{missed:>10.2f}{hit:>10.2f}{missed / hit:>9.1f}×")


def populate() -> User:
    """A guild with members who wrote messages; returns one of its admins."""
    users = User.objects.bulk_create(User(username=f"bench{number}") for number in range(MEMBERS))
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


def compare(client: APIClient, path: str) -> tuple[float, float]:
    """Medians in milliseconds of a read that the cache doesn't know and of the same read right after."""
    misses, hits = [], []
    for _ in range(RUNS):
        invalidate(EVERYTHING)
        for times in (misses, hits):
            started = time.perf_counter()
            status = client.get(path).status_code
            assert status == 200, status
            times.append((time.perf_counter() - started) * 1000)
    return statistics.median(misses), statistics.median(hits)


if __name__ == "__main__":
    main()
