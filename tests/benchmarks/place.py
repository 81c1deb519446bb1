"""Where everything happens: databases of our own on the given PostgreSQL, empty databases of the given Valkey.

All contenders use the same two servers. Nothing that was there before is touched, nothing is left afterwards.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import psycopg
import redis
from psycopg import sql

OURS, CELERY, BULLMQ, RQ = 0, 2, 3, 4  # databases of Valkey; 1 is our cache
USED = (OURS, OURS + 1, CELERY, BULLMQ, RQ)
MAIN = "slimy_bench"
UNLIMITED = "99999999/min"


class Refused(Exception):
    """The benchmarks can't run here."""


@dataclass(frozen=True)
class Place:
    """The two servers. `postgres()` and `valkey()` are URLs, as the environment of children wants them."""

    postgres_url: str
    valkey_url: str
    static: str

    def postgres(self, database: str = MAIN) -> str:
        return urlsplit(self.postgres_url)._replace(path=f"/{database}").geturl()

    def valkey(self, number: int) -> str:
        return urlsplit(self.valkey_url)._replace(path=f"/{number}").geturl()

    def client(self, number: int) -> redis.Redis:
        return redis.Redis.from_url(self.valkey(number))

    def ours(self, database: str = MAIN) -> dict[str, str]:
        """The environment of our processes: production's settings, without HTTPS and throttles."""
        return {
            **{name: value for name, value in os.environ.items() if name != "LOG_LEVEL"},
            "SLIMY_ENV": "production",
            "HTTPS_ONLY": "0",  # no proxy before it
            "DATABASE_URL": self.postgres(database),
            "REDIS_URL": self.valkey(OURS),
            "DJANGO_SETTINGS_MODULE": "slimy.settings",
            "STATIC_ROOT": self.static,
            "THROTTLE_USER": UNLIMITED,
            "THROTTLE_JOBS": UNLIMITED,
            "THROTTLE_ANONYMOUS": UNLIMITED,
        }

    def peers(self, number: int) -> dict[str, str]:
        """The environment of a peer whose broker is database `number` of Valkey; Celery must not find Django."""
        return {
            **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
            "BENCH_DATABASE_URL": self.postgres(),
            "BENCH_REDIS_URL": self.valkey(number),
            "BENCH_CELERY_URL": self.valkey(CELERY),
            "NODE_ENV": "production",
        }


@contextmanager
def prepared() -> Iterator[Place]:
    """The place, with its databases made and this process's environment set. Raises Refused."""
    try:
        with tempfile.TemporaryDirectory(prefix="slimy-bench-") as static:
            place = Place(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], static)
            _refuse_full_valkey(place)
            with database(place, MAIN):
                os.environ.update(place.peers(RQ) | place.ours() | {"LOG_LEVEL": "WARNING"})
                try:
                    yield place
                finally:
                    for number in USED:
                        place.client(number).flushdb()
    except KeyError as missing:
        raise Refused(f"{missing} is not set: `make bench` brings servers of its own.") from missing


def _refuse_full_valkey(place: Place) -> None:
    for number in USED:
        if place.client(number).dbsize():
            raise Refused(f"Database {number} of the Valkey at REDIS_URL isn't empty: somebody uses it.")


@contextmanager
def database(place: Place, name: str, template: str = "template1") -> Iterator[None]:
    """A database that exists for the time of the block; nobody may be connected to the `template`."""
    with psycopg.connect(place.postgres_url, autocommit=True) as connection:
        named, original = sql.Identifier(name), sql.Identifier(template)
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(named, original))
        try:
            yield
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(named))
