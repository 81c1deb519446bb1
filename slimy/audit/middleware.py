"""Every call of the API that changes something, or was not allowed to, is in the trail."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from slimy.accounts.models import User
from slimy.audit.record import record
from slimy.metrics import AUDIT_EVENTS
from slimy.problems import MEDIA_TYPE, in_api
from slimy.scope import route_of

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
REFUSED = frozenset({401, 403, 404, 409, 412, 422})  # other 4xx couldn't be understood, or came too often
A_SECOND = 20.0  # refusals of a process that are recorded: nobody fills the trail by guessing tokens


class Budget:
    """Lets `rate` a second through, and as many at once."""

    def __init__(self, rate: float) -> None:
        self._rate = self._left = rate
        self._at = time.monotonic()

    def spend(self) -> bool:
        """False when there is none left."""
        now = time.monotonic()
        self._left = min(self._rate, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


refusals = Budget(A_SECOND)


class AuditMiddleware:
    """Records what views don't: those that call `record` in the transaction of their change have said it better."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method not in SAFE and in_api(request.path_info) and not getattr(request, "is_audited", False):
            outcome = outcome_of(response.status_code)
            if outcome:
                _record(request, response, outcome)
        return response


def outcome_of(status: int) -> str:
    """What the trail says of an answer with this status; "" for what it doesn't hold."""
    if status < 400:
        return "success"
    if status >= 500:
        return "" if status == 503 else "failed"  # 503: PostgreSQL is away, and nobody waits for it twice
    return "refused" if status in REFUSED else ""


def _record(request: HttpRequest, response: HttpResponse, outcome: str) -> None:
    if outcome != "success" and not refusals.spend():
        AUDIT_EVENTS.labels("dropped").inc()
        return
    details: dict[str, object] = {"status": response.status_code}
    if code := _error_code(response):
        details["error"] = code
    action = f"{request.method} {route_of(request)}"
    record(action, actor=_user(request), resource=request.path_info, details=details, outcome=outcome, request=request)


def _user(request: HttpRequest) -> User | None:
    """Who it was, as the view found out; where no view was reached nobody has looked, and nobody will now."""
    user = getattr(request, "user", None)
    return user if type(user) is User else None


def _error_code(response: HttpResponse) -> str:
    if response.headers.get("Content-Type") != MEDIA_TYPE or response.streaming:
        return ""
    document: Any = json.loads(response.content)
    return str(document.get("error", ""))
