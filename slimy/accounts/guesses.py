"""Whoever guesses passwords is slowed down, and can't keep anybody else out for long.

Failed sign-ins are counted in fixed windows, as requests are (throttling.py): by address, by name and address, and by
name from all browsers that have never signed in as that person. A browser that has carries a signed cookie and is
counted by itself: whoever guesses from a thousand addresses closes the door for strangers only, and for an hour at
most. Without Redis each process counts for itself.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from secrets import token_urlsafe

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django_redis import get_redis_connection
from rest_framework.throttling import BaseThrottle

from slimy.accounts.throttling import Window
from slimy.redis_link import RedisAway, cache_link

QUARTER, HOUR = 900, 3600  # seconds
PER_PAIR, PER_BROWSER, PER_ADDRESS, PER_NAME = 5, 10, 50, 30
COOKIE = "known_browser"
COOKIE_SECONDS = 90 * 86400
LOCAL_KEYS = 10_000

_local: Counter[str] = Counter()


def windows(request: HttpRequest, name: str) -> list[Window]:
    """Where a failure of this request to sign in as `name` counts."""
    who = _fold(name)
    # As far as NUM_PROXIES lets X-Forwarded-For be believed; it reads nothing but META.
    address = BaseThrottle().get_ident(request)  # type: ignore[arg-type]
    by_address = Window(f"guess:address:{address}", PER_ADDRESS, HOUR)
    if browser := _browser_of(request, who):
        return [by_address, Window(f"guess:browser:{browser}", PER_BROWSER, QUARTER)]
    by_pair = Window(f"guess:pair:{address}:{who}", PER_PAIR, QUARTER)
    return [by_address, by_pair, Window(f"guess:name:{who}", PER_NAME, HOUR)]


def count_try(request: HttpRequest, name: str) -> float:
    """One more try, counted before the password is looked at, so that many at once gain nothing.

    Returns how many seconds it takes until this request may try again; 0 when it may now.
    """
    now = time.time()
    asked = windows(request, name)
    counts = _add([(window.key(now), window.seconds) for window in asked], 1)
    closed = [window.left(now) for window, count in zip(asked, counts, strict=True) if count > window.limit]
    return max(closed, default=0.0)


def take_back(request: HttpRequest, name: str) -> None:
    """The try that was counted wasn't a guess."""
    now = time.time()
    _add([(window.key(now), window.seconds) for window in windows(request, name)], -1)


def remember_browser(response: HttpResponse, name: str) -> None:
    """From now on this browser is known to be that person's."""
    value = signing.dumps({"who": _fold(name), "id": token_urlsafe(12)}, salt=COOKIE)
    response.set_cookie(
        COOKIE, value, max_age=COOKIE_SECONDS, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )


def _fold(name: str) -> str:
    """A name as part of a key: bounded, and not to be read by whoever looks into Redis (it may be a password)."""
    return sha256(name.strip().casefold().encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _browser_of(request: HttpRequest, who: str) -> str | None:
    with suppress(signing.BadSignature, KeyError, TypeError, ValueError):
        known = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=COOKIE_SECONDS)
        return str(known["id"]) if known["who"] == who else None
    return None


def _add(keys: Sequence[tuple[str, int]], change: int) -> list[int]:
    """Count under keys that last for some seconds; returns the new counts."""
    if len(_local) > LOCAL_KEYS:
        _local.clear()
    _local.update({key: change for key, _ in keys})
    with suppress(RedisAway), cache_link().guard():
        pipeline = get_redis_connection("default").pipeline(transaction=False)
        for key, seconds in keys:
            pipeline.incrby(key, change)
            pipeline.expire(key, seconds + 1)
        return [int(count) for count in pipeline.execute()[::2]]
    return [_local[key] for key, _ in keys]
