"""Our side's data: people with a conversation and a token each, jobs in the ledger; and the peers' tables."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.models.functions import Now
from knox.models import AuthToken

from chat.models import Conversation
from slimy.accounts.models import User
from slimy.jobs.models import Job
from slimy.jobs.queue import Message, ring
from tests.benchmarks.messages import PEOPLE, message

PEERS = Path(__file__).with_name("peers")
OURS = "slimy_job, chat_message, chat_conversation, knox_authtoken, guilds_membership, guilds_guild, accounts_user"


@dataclass(frozen=True)
class Person:
    """A user with a conversation and a token."""

    user: User
    conversation: Conversation
    token: str


def migrate() -> None:
    """Make our tables, in the database that Django is connected to."""
    call_command("migrate", verbosity=0)


def execute(sql: str) -> None:
    """Run statements that return nothing."""
    with connection.cursor() as cursor:
        cursor.execute(sql)


def row(sql: str) -> tuple[Any, ...]:
    """The one row that a statement returns."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        found = cursor.fetchone()
    assert found
    return tuple(found)


def value(sql: str) -> Any:
    """The one value that a statement returns."""
    return row(sql)[0]


def populate() -> list[Person]:
    """Empty our tables, then make everybody."""
    execute(f"TRUNCATE {OURS} CASCADE")
    users = User.objects.bulk_create(User(username=f"bench{n}") for n in range(PEOPLE))
    talks = Conversation.objects.bulk_create(Conversation(owner=user, title="Sim power") for user in users)
    return [Person(user, talk, AuthToken.objects.create(user=user)[1]) for user, talk in zip(users, talks, strict=True)]


def span(column: str, table: str) -> tuple[float, float]:
    """The least and the greatest time of a column, in seconds since 1970."""
    first, last = row(f"SELECT extract(epoch FROM min({column})), extract(epoch FROM max({column})) FROM {table}")
    return float(first), float(last)


def anybody() -> User:
    """One of the users."""
    return User.objects.earliest("pk")


def populate_peers() -> None:
    """Make the peers' tables anew."""
    execute((PEERS / "tables.sql").read_text())


def fill(people: list[Person], count: int, first: int) -> None:
    """Accept `save_message` jobs first … first + count - 1 into the ledger and ring them in Redis.

    Many at a time; else it would take longer than executing them. They aren't rung again within the hour.
    """
    for start in range(first, first + count, 1000):
        numbers = range(start, min(start + 1000, first + count))
        jobs = Job.objects.bulk_create(_job(people[n % PEOPLE], n) for n in numbers)
        ring([Message(job.pk, job.queue, job.priority, job.deliveries) for job in jobs])


def _job(person: Person, n: int) -> Job:
    return Job(
        queue="database",
        type="save_message",
        payload={"conversationId": str(person.conversation.pk), "message": message(n)},
        owner=person.user,
        fingerprint="0" * 64,
        deliveries=1,
        ring_at=Now() + timedelta(hours=1),
    )


@cache
def settings_of_postgres() -> dict[str, str]:
    """What matters for the speed of a commit."""
    names = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size")
    return {name: str(value(f"SHOW {name}")) for name in names}
