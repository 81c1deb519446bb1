"""What this thread is busy with: the request being answered, or the type of job being done."""

from __future__ import annotations

import re
from contextvars import ContextVar, Token
from functools import lru_cache

from django.http import HttpRequest

_CONVERTER = re.compile(r"<\w+:")

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)
_job: ContextVar[str] = ContextVar("job", default="")


def answering(request: HttpRequest) -> Token[HttpRequest | None]:
    """From now on it is this request; give the token to `answered`."""
    return _request.set(request)


def answered(token: Token[HttpRequest | None]) -> None:
    """As before `answering`."""
    _request.reset(token)


def request() -> HttpRequest | None:
    """The request; None in a worker or a command."""
    return _request.get()


def doing(name: str) -> None:
    """From now on it is jobs of this type; "" for what belongs to none."""
    _job.set(name)


def place() -> str:
    """For logs: "POST api/chat/messages", "job save_message", or "" when neither a request nor a job is known."""
    request = _request.get()
    if request is None:
        name = _job.get()
        return f"job {name}" if name else ""
    return f"{request.method} {route_of(request)}"


def route_of(request: HttpRequest) -> str:
    """The route that a request took, of the closed set of URL patterns; "unmatched" when none fits."""
    match = request.resolver_match
    return _short(match.route) if match else "unmatched"


@lru_cache(maxsize=512)
def _short(route: str) -> str:
    return _CONVERTER.sub("<", route)
