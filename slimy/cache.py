"""A read-through cache in Redis: after a change has committed, the next read is new.

`read_through(guild_settings_key(id), load)` reads; `invalidate("guild:…")`, called in the transaction that changes
a guild, drops. docs/cache.md says what is guaranteed, and what is not while Redis is away.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, cast
from uuid import UUID

from django.db import connection
from django.db.transaction import TransactionManagementError
from redis import Redis

from slimy.generations import BUSY, EVERYTHING, Change, end, link, name
from slimy.metrics import CACHE_REQUESTS
from slimy.redis_link import RedisAway
from slimy.scripts import Script

LIFETIMES = {  # seconds, at most
    "user": 300.0,
    "user_counts": 300.0,
    "guild_analytics": 180.0,
    "messages": 60.0,
    "guild_settings": 3600.0,
    "club_latest": 300.0,
    "club_movers": 60.0,  # who joined or left lately depends on the time
    "club_aggregates": 300.0,
    "club_history": 300.0,
}
SUBJECTS = frozenset({"user", "chat", "guild", "activity", "club", "conversation", EVERYTHING})

FRESH = 0.8  # of a lifetime; after that one reader loads anew while the others take what is there
PATIENCE = 1.0  # seconds to wait for another's loading before loading oneself
LOADING_LASTS = 5.0  # seconds until another may load, should the loader have died
GENERATION_LASTS = 86400.0  # seconds; longer than any value
MAX_BYTES = 512 * 1024  # a value that is larger isn't stored

# KEYS: generation of the subject, of everything; value, lock. ARGV: a new generation, its life, the lock's (both in
# milliseconds), the 60 bytes with which the value began when it was seen (they hold its generation and its time).
# Returns the generations, made where missing, and 1 for who gets the lock: free, and the value still the one seen.
_OPEN = Script("""
local found = redis.call('MGET', unpack(KEYS))
if not found[1] then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
if not found[2] then redis.call('SET', KEYS[2], ARGV[1]) end
local generation, everything = found[1] or ARGV[1], found[2] or ARGV[1]
local changed = string.sub(found[3] or '', 1, 60) ~= ARGV[4]
if changed or found[4] == generation then return {generation, everything, 0} end
redis.call('SET', KEYS[4], generation, 'PX', ARGV[3])
return {generation, everything, 1}
""")


# --- Keys ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Key:
    """Where a value is kept: its kind (a row of LIFETIMES), the subject whose changes drop it, a text of its own."""

    kind: str
    subject: str
    text: str


def _key(kind: str, subject: str, *ids: str | int | None) -> Key:
    return Key(kind, subject, json.dumps([kind, *ids], separators=(",", ":")))


def user_key(user_id: int) -> Key:
    """A user with the guilds they are in; "user:<id>" drops it."""
    return _key("user", f"user:{user_id}", user_id)


def user_counts_key(user_id: int) -> Key:
    """How many conversations and messages a user has; "chat:<id>" drops it."""
    return _key("user_counts", f"chat:{user_id}", user_id)


def guild_analytics_key(guild_id: str) -> Key:
    """The figures of a guild; "activity:<id>" drops them."""
    return _key("guild_analytics", f"activity:{guild_id}", guild_id)


def guild_settings_key(guild_id: str) -> Key:
    """A guild's settings as they apply; "guild:<id>" drops them."""
    return _key("guild_settings", f"guild:{guild_id}", guild_id)


def messages_page_key(conversation_id: UUID, limit: int, cursor: int | None = None) -> Key:
    """One page of a conversation's messages; "conversation:<id>" drops all its pages."""
    return _key("messages", f"conversation:{conversation_id}", str(conversation_id), limit, cursor)


def club_key(kind: str, guild_id: str, *which: str | int | None) -> Key:
    """A read of a club: `kind` is club_latest, club_movers, club_aggregates or club_history, `which` the page of it.

    "club:<guild>" drops all of them.
    """
    return _key(kind, f"club:{guild_id}", guild_id, *which)


# --- Reading -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Answer:
    """How a read ends: with a value, or by loading one, to be stored under `generation` unless that is empty."""

    outcome: str
    value: Any = None
    generation: str = ""


def read_through(key: Key, load: Callable[[], Any], ttl: float | None = None) -> Any:
    """The value of `key`, from the cache or from `load()`, as JSON gives it back (a tuple becomes a list).

    `load` takes it from the database; `ttl` in seconds replaces the one in LIFETIMES. Inside a transaction the cache
    isn't asked, since the transaction may have changed what it reads.
    Raises what `load` raises, and TypeError or ValueError for what JSON can't carry; nothing when Redis fails.
    """
    lifetime = LIFETIMES[key.kind] if ttl is None else ttl
    answer = _Answer("bypass") if connection.in_atomic_block else _ask(key)
    CACHE_REQUESTS.labels(key.kind, answer.outcome).inc()
    if answer.outcome in ("hit", "stale"):
        return answer.value
    text = None
    try:
        text = json.dumps(load(), allow_nan=False, separators=(",", ":"))
    finally:
        if answer.generation:
            _store(key, answer.generation, text, lifetime)
    return json.loads(text)


def _ask(key: Key) -> _Answer:
    """Look until there is an answer; where another is loading, wait for it, but no longer than PATIENCE."""
    until, pause = time.monotonic() + PATIENCE, 0.005
    while True:
        try:
            with link.client() as client:
                answer = _look(client, key, wait=time.monotonic() < until)
        except RedisAway:
            return _Answer("down")
        if answer:
            return answer
        time.sleep(pause)
        pause = min(pause * 2, 0.05)


def _look(client: Redis, key: Key, *, wait: bool) -> _Answer | None:
    """What Redis says now; None when another is loading and there is time to `wait`."""
    names = [name("generation", key.subject), name("generation", EVERYTHING), name("value", key.text)]
    *words, raw = cast("list[bytes | None]", client.mget(names))
    stored = _stored(raw, _generation(words))
    if stored and time.time() < stored[0] and BUSY not in words:
        return _Answer("hit", stored[1])
    if BUSY not in words:
        arguments = (token_hex(8), int(GENERATION_LASTS * 1000), int(LOADING_LASTS * 1000), (raw or b"")[:60])
        *words, mine = cast("list[Any]", _OPEN(client, [*names, name("lock", key.text)], arguments))
    if BUSY in words:
        return _Answer("bypass")
    if mine or not (stored or wait):
        return _Answer("miss", generation=_generation(words))
    return _Answer("stale", stored[1]) if stored else None


def _generation(words: Iterable[bytes | None]) -> str:
    """The generations of the subject and of everything, as one text; empty when one is missing."""
    return " ".join(word.decode("latin-1") for word in words if word) if all(words) else ""


def _stored(raw: bytes | None, generation: str) -> tuple[float, Any] | None:
    """A stored value as (fresh until, value); None when there is none, it is outdated, or not what `_store` writes."""
    if not raw or not generation:
        return None
    try:
        entry = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    match entry:
        case [str(under), int() | float() as until, value] if under == generation:
            return until, value
    return None


def _store(key: Key, generation: str, text: str | None, lifetime: float) -> None:
    """Store a value's JSON, when there is one of a reasonable size, and let others load."""
    with suppress(RedisAway), link.client() as client, client.pipeline(transaction=False) as pipeline:
        if text is not None and len(text) <= MAX_BYTES:
            entry = f"[{json.dumps(generation)},{time.time() + lifetime * FRESH},{text}]"
            pipeline.set(name("value", key.text), entry, px=max(1, int(lifetime * 1000)))
        pipeline.delete(name("lock", key.text))
        pipeline.execute()


# --- Changing ------------------------------------------------------------------------------------
def invalidate(*subjects: str) -> None:
    """Drop what depends on these subjects: "guild:<id>" (the words are in SUBJECTS) or EVERYTHING.

    Call it in the transaction that changes them: then no read that begins after the commit is old, and a rollback
    costs nothing. Outside a transaction it drops at once. Raises ValueError for another sort of subject.
    """
    if unknown := {subject for subject in subjects if subject.partition(":")[0] not in SUBJECTS}:
        raise ValueError(f"not a subject of the cache: {', '.join(sorted(unknown))}")
    if connection.in_atomic_block:
        Change.current().begin(subjects)
    else:
        end(dict.fromkeys(subjects, token_hex(8)))


def invalidate_together() -> AbstractContextManager[None]:
    """A block in a transaction that may `invalidate` often: Redis is told once, at the end of the block.

    Raises TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("invalidate_together() is for blocks inside a transaction")
    return Change.current().together()
