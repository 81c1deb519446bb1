"""How often somebody may ask: counters of fixed windows in Redis, at most one round trip a request; no Redis, no
limit.

The same round trip says whether what this process remembers of the request's token is outdated.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django_redis import get_redis_connection
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from slimy.accounts.authentication import look_again
from slimy.accounts.remembered import Digest, word
from slimy.combining import Combiner
from slimy.redis_link import RedisAway, cache_link
from slimy.scripts import Line, Script

# KEYS: counters, and words. ARGV: the seconds that a counter lasts, 0 for a word. Returns counts, and 1 for a word that
# is there.
_COUNT = Script("""
local found = {}
for i = 1, #KEYS do
    if ARGV[i] == '0' then
        found[i] = redis.call('EXISTS', KEYS[i])
    else
        found[i] = redis.call('INCR', KEYS[i])
        if found[i] == 1 then redis.call('EXPIRE', KEYS[i], ARGV[i]) end
    end
end
return found
""")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True)
class Window:
    """`limit` requests in each window of `seconds`, counted under `name`."""

    name: str
    limit: int
    seconds: int

    def left(self, now: float) -> float:
        """Seconds until the next window."""
        return self.seconds - now % self.seconds

    def key(self, now: float) -> str:
        """Where the requests of the window are counted."""
        return f"slimy:throttle:{self.name}:{int(now // self.seconds)}"


@cache
def rate(text: str) -> tuple[int, int]:
    """`3000/min` → (3000, 60). Raises ImproperlyConfigured."""
    number, _, unit = text.partition("/")
    if not number.isdigit() or int(number) < 1 or unit[:1] not in SECONDS:
        raise ImproperlyConfigured(f"THROTTLE_…: {text!r} must look like 3000/min (s, min, hour or day).")
    return int(number), SECONDS[unit[0]]


for _text in settings.THROTTLE_RATES.values():
    rate(_text)  # nonsense stops the start


class UserThrottle(BaseThrottle):
    """All requests of a user, or of an address when nobody is signed in; those that make jobs have a rate besides."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """True when the request is within its rates."""
        now = time.time()
        windows = self.windows(request, view)
        token = request.auth if isinstance(request.auth, Digest) and request.auth.is_remembered else None
        counts, is_outdated = _passed(_Passing(windows, word(int(request.user.pk or 0)), now))
        if token and is_outdated:
            request.user, request.auth = look_again(request, token)
        over = [window for window, count in zip(windows, counts, strict=False) if count > window.limit]
        self.left = max((window.left(now) for window in over), default=0.0)
        return not over

    def windows(self, request: Request, view: Any) -> list[Window]:
        """What the request counts for."""
        if not request.user.is_authenticated:
            return [_window("anonymous", self.get_ident(request))]
        mine = [_window("user", request.user.pk)]
        if getattr(view, "makes_jobs", False) and request.method not in ("GET", "HEAD"):
            mine.append(_window("jobs", request.user.pk))
        return mine

    def wait(self) -> float:
        """Seconds until the next window."""
        return self.left


def _window(scope: str, identity: object) -> Window:
    limit, seconds = rate(settings.THROTTLE_RATES[scope])
    return Window(f"{scope}:{identity}", limit, seconds)


@dataclass(frozen=True)
class _Passing:
    """A request that passes: the windows that it counts for, and the word that may say something of its token."""

    windows: list[Window]
    word: str
    now: float


def _pass(requests: Sequence[_Passing]) -> list[tuple[list[int], bool]]:
    """How many requests the windows have seen with each of these, and whether its word is there.

    When Redis doesn't answer: no counts, and the word may be there.
    """
    keys, arguments = [], []
    for request in requests:
        keys += [*(window.key(request.now) for window in request.windows), request.word]
        arguments += [*(window.seconds + 1 for window in request.windows), 0]
    with suppress(RedisAway), cache_link().guard():
        found = iter(_line(keys, arguments))
        return [([next(found) for _ in request.windows], bool(next(found))) for request in requests]
    return [([], True)] * len(requests)


_line = Line(_COUNT, lambda: get_redis_connection("default"))
_passed = Combiner(_pass)
