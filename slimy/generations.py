"""Generations of subjects in Redis: how the cache knows what is outdated. docs/cache.md explains the protocol.

A *subject* ("guild:123") is what changes. Its *generation* is a random word; ending a change removes the word.
From the beginning of a change to its end the subject is *busy*: nothing is taken from the cache or put there.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from secrets import token_hex
from typing import Any, cast

from django.db import connection
from django_redis import get_redis_connection
from psycopg.pq import TransactionStatus
from redis import Redis

from slimy.redis_link import RedisAway, cache_link
from slimy.scripts import Script

EVERYTHING = "everything"  # the subject that each value depends on besides its own
BUSY = b"!"
LEASE = 30.0  # seconds until a subject is no longer busy, should its changer have died
MOST_OWED = 1000  # subjects a process remembers while Redis is away; above that it owes EVERYTHING

# KEYS: generation and changers of each subject. ARGV: milliseconds of lease, 0 to end; the changer of each subject.
_CHANGE = Script("""
local time, lease = redis.call('TIME'), tonumber(ARGV[1])
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 1, #KEYS / 2 do
    local generation, changers, changer = KEYS[2 * i - 1], KEYS[2 * i], ARGV[i + 1]
    if redis.call('TYPE', changers).ok ~= 'zset' then redis.call('DEL', changers) end
    redis.call('ZREMRANGEBYSCORE', changers, '-inf', now)
    if lease > 0 then
        redis.call('ZADD', changers, now + lease, changer)
        redis.call('PEXPIRE', changers, lease)
        redis.call('SET', generation, '!', 'PX', lease)
    else
        redis.call('ZREM', changers, changer)
        if redis.call('EXISTS', changers) == 0 then redis.call('DEL', generation) end
    end
end
""")


def name(role: str, text: str) -> str:
    """The name of a key in Redis. Long or non-ASCII text is hashed, so that no id makes a name Redis can't take."""
    if len(text) > 150 or not text.isascii():
        text = "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"slimy:cache:{role}:{text}"


def _change(client: Redis, changers: Mapping[str, str], lease: float) -> None:
    """Begin changes, with a lease in seconds, or end them (0). `changers`: subject → token of who changes it."""
    names = [name(role, subject) for subject in changers for role in ("generation", "changers")]
    _CHANGE(client, names, [int(lease * 1000), *changers.values()])


def end(changers: Mapping[str, str]) -> None:
    """End changes (subject → token of who changes it): now, or as soon as Redis is back."""
    if not changers:
        return
    try:
        with link.client() as client:
            _change(client, changers, lease=0)
    except RedisAway:
        link.owe(changers)


class Change:
    """The subjects that one transaction changes.

    It lives among the transaction's commit hooks and nowhere else: Django calls it on commit and drops it on rollback.
    It is the first hook, so that no other delays it, and belongs to no savepoint, whose rollback would drop it.
    """

    @classmethod
    def current(cls) -> Change:
        """The one of the running transaction."""
        hooks = cast("list[Any]", connection.run_on_commit)  # (savepoints, hook, robust)
        change = getattr(hooks[0][1], "__self__", None) if hooks else None
        if not isinstance(change, cls):
            change = cls()
            hooks.insert(0, (set(), change.end, True))
        return change

    def __init__(self) -> None:
        self._database = connection.connection
        self._token = token_hex(8)
        self._due: dict[str, float] = {}  # subject → when to begin (again), by the monotonic clock
        self._held: set[str] | None = None

    def begin(self, subjects: Iterable[str]) -> None:
        """Make subjects busy: those that this transaction hasn't yet, or a while ago."""
        if self._held is not None:
            self._held.update(subjects)
            return
        now = time.monotonic()
        due = [subject for subject in subjects if self._due.setdefault(subject, now) <= now]
        with suppress(RedisAway):
            if due:
                with link.client() as client:
                    _change(client, dict.fromkeys(due, self._token), LEASE)
                self._due |= dict.fromkeys(due, now + LEASE / 2)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What begins in the block begins at its end, in one message."""
        if self._held is not None:
            yield
            return
        self._held = set()
        try:
            yield
        finally:
            held, self._held = self._held, None
            self.begin(held)

    def end(self) -> None:
        """The transaction has committed or was rolled back."""
        subjects, self._due = self._due, {}
        end(dict.fromkeys(subjects, self._token))

    def __del__(self) -> None:
        """It was rolled back. If the connection broke, it may still commit: then only the lease ends the change."""
        if self._due and self._database.info.transaction_status == TransactionStatus.IDLE:
            self.end()


class Link:
    """The cache's way to Redis."""

    def __init__(self) -> None:
        self._owed: dict[str, str] = {}  # ended changes that Redis hasn't heard of: subject → token
        self._lock = threading.RLock()  # a Change may be dropped at any point

    @contextmanager
    def client(self) -> Iterator[Redis]:
        """A client, once Redis knows of all changes this process has ended.

        Raises RedisAway, also in place of errors of Redis in the block.
        """
        with cache_link().guard():
            client = get_redis_connection("default")
            if self._owed:
                self._pay(client)
            yield client

    def owe(self, changers: Mapping[str, str]) -> None:
        """Remember ended changes and tell Redis when it is back."""
        with self._lock:
            first = not self._owed
            self._owed |= changers
            if len(self._owed) > MOST_OWED:
                self._owed = {EVERYTHING: token_hex(8)}
        if first:
            threading.Thread(target=self._keep_trying, name="cache", daemon=True).start()

    def _keep_trying(self) -> None:
        while self._owed:
            time.sleep(1)
            with suppress(RedisAway), self.client():
                pass

    def _pay(self, client: Redis) -> None:
        paid = dict(self._owed)
        _change(client, paid, lease=0)
        with self._lock:  # what has been owed meanwhile stays
            self._owed = {subject: token for subject, token in self._owed.items() if paid.get(subject) != token}


link = Link()
