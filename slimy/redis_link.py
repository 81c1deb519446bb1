"""Whether Redis answers: what requests, cache and queue know of it together, so that none of them waits twice.

A server that didn't answer is left alone. Once a second somebody tries again (a circuit breaker); everybody else
does without, at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from urllib.parse import urlsplit

import redis
from django.conf import settings

from slimy.logs import OncePerSecond, get_logger

log = get_logger(__name__)

_links: dict[str, Link] = {}


class RedisAway(Exception):
    """Redis can't be reached, or refuses."""


class Link:
    """The way to one server, of the whole process."""

    def __init__(self) -> None:
        self.is_down = False
        self._may_try = OncePerSecond()
        self._may_warn = OncePerSecond()

    @contextmanager
    def guard(self) -> Iterator[None]:
        """A block that talks to the server. Raises RedisAway instead of beginning while the server is down, and in
        place of its errors.
        """
        if self.is_down and not self._may_try():
            raise RedisAway
        try:
            yield
        except redis.RedisError as error:
            if not isinstance(error, redis.ResponseError):  # that one is an answer
                self.is_down = True
                self._may_try()
            if self._may_warn():
                log.warning("Redis not reached, it goes on without", action="redis_down", error=type(error).__name__)
            raise RedisAway from error
        self.is_down = False


def link_to(url: str) -> Link:
    """The way to the server of `url`; its databases share it."""
    server = _server(url)
    return _links.get(server) or _links.setdefault(server, Link())


@cache
def _server(url: str) -> str:
    parts = urlsplit(url)
    return parts.netloc or parts.path


def queue_link() -> Link:
    """The way to the queues."""
    return link_to(settings.REDIS_URL)


def cache_link() -> Link:
    """The way to the cache and the counters of requests, by default the same server."""
    return link_to(str(settings.CACHES["default"]["LOCATION"]))


def forget() -> None:
    """As if nothing had been tried yet."""
    _links.clear()
