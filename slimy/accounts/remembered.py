"""Tokens that PostgreSQL has found valid a moment ago, so that a client of many requests is looked up once in a while.

What ends a token (it is revoked, its user is changed or deleted) makes this process forget the user's, and leaves a
word in Redis for the others: every request reads it in the round trip in which it is counted (throttling.py), and
asks PostgreSQL again when it is there. Without Redis nothing is remembered.
"""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction
from django_redis import get_redis_connection

from slimy.accounts.models import User
from slimy.redis_link import RedisAway, cache_link

SECONDS = 5.0
MOST = 10_000  # tokens
_WORD_LASTS = int(SECONDS) + 1

_until: dict[str, tuple[float, int, tuple[Any, ...]]] = {}  # digest → (until when, user id, the user's row)


class Digest(str):
    """A token's digest, as `request.auth`; `is_remembered` says that PostgreSQL wasn't asked for it just now."""

    __slots__ = ("is_remembered",)
    is_remembered: bool

    def __new__(cls, text: str, *, is_remembered: bool) -> Digest:
        made = super().__new__(cls, text)
        made.is_remembered = is_remembered
        return made


def recall(digest: str) -> tuple[Any, ...] | None:
    """The row of the token's user, when it was found valid within the last SECONDS."""
    found = _until.get(digest)
    return found[2] if found and time.monotonic() < found[0] else None


def remember(digest: str, user_id: int, row: tuple[Any, ...], expiry: datetime | None, now: datetime) -> None:
    """The token is valid now; `expiry` is when it ends, both by PostgreSQL's clock."""
    if len(_until) >= MOST:
        _until.clear()
    seconds = min(SECONDS, (expiry - now).total_seconds()) if expiry else SECONDS
    _until[digest] = (time.monotonic() + seconds, user_id, row)


def word(user_id: int) -> str:
    """The key in Redis that says: tokens of this user have ended lately, or the user has changed."""
    return f"slimy:tokens:{user_id}"


def forget(user_id: int) -> None:
    """Call it in the transaction that ends tokens of a user, or changes the user."""
    _forget_here(user_id)
    transaction.on_commit(lambda: _tell(user_id), robust=True)


def _tell(user_id: int) -> None:
    _forget_here(user_id)  # a request may have come in between
    with suppress(RedisAway), cache_link().guard():
        get_redis_connection("default").set(word(user_id), 1, ex=_WORD_LASTS)


def _forget_here(user_id: int) -> None:
    for digest, (_, whose, _) in list(_until.items()):
        if whose == user_id:
            _until.pop(digest, None)


def forget_when_changed(sender: type[Any], instance: Any, *, created: bool = False, **_: Any) -> None:
    """A receiver for the signals of tokens and users: they are changed in many places, not all of them ours."""
    user_id = instance.pk if isinstance(instance, User) else instance.user_id
    if user_id and not created:
        forget(user_id)
