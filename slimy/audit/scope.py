"""The request that is being answered, for whoever records what it changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest

_request: ContextVar[HttpRequest | None] = ContextVar("audited_request", default=None)


def request() -> HttpRequest | None:
    """The current request; None in a worker or a command."""
    return _request.get()


@contextmanager
def answering(request: HttpRequest) -> Iterator[None]:
    """While this block lasts, what is recorded came by `request`."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def note_recorded(request: HttpRequest | None) -> None:
    """What the request did is in the trail: slimy/audit/middleware.py has nothing to add."""
    if request is not None:
        getattr(request, "_request", request).is_audited = True


def is_recorded(request: HttpRequest) -> bool:
    """Whether `note_recorded` was called for it."""
    return getattr(request, "is_audited", False)
