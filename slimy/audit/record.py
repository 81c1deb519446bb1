"""`record`: something happened, and will be in the trail exactly if the transaction it happened in commits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import nullcontext
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.http import HttpRequest

from slimy import jsonb
from slimy.audit import scope
from slimy.logs import OncePerSecond, get_logger
from slimy.metrics import AUDIT_EVENTS
from slimy.sql import tx

if TYPE_CHECKING:
    from slimy.accounts.models import User

log = get_logger(__name__)
_may_warn = OncePerSecond()

MAX_DETAILS = 8 * 1024  # bytes; what is longer is cut


def record(
    action: str,
    *,
    actor: User | None,
    resource: str = "",
    details: Mapping[str, object] | None = None,
    outcome: str = "success",
    request: HttpRequest | None = None,
    request_id: str = "",
    ip: str | None = None,
) -> None:
    """Accept a `log_event` job in the current transaction: the event exists exactly when the change does.

    `action` says what was done ("guild.merge"), `resource` to what ("guilds.member/12"); `details` is JSON, e.g. with
    `before` and `after`. `request` is by default the one being answered; its id and address are recorded unless they
    are given, and it isn't recorded a second time as a call of the API. Never raises: a failure is counted
    (slimy_audit_events_total) and logged, and leaves the transaction as it was.
    """
    request = request or scope.request()
    try:
        payload: dict[str, Any] = {
            "action": _text(action, 120),
            "resource": _text(resource, 255),
            "details": _bounded(details or {}),
            "outcome": _text(outcome, 32) or "success",
            "actorName": "",
        }
        if actor:
            payload |= {"actorId": actor.pk, "actorName": _text(actor.get_username(), 150)}
        if address := _address(ip or address_of(request)):
            payload["ip"] = address
        _accept(payload, request_id or getattr(request, "request_id", ""))
    except Exception as error:
        AUDIT_EVENTS.labels("failed").inc()
        if _may_warn():
            log.exception("Event not recorded", action="audit_failed", what=str(action)[:120])
        return
    AUDIT_EVENTS.labels("accepted").inc()
    scope.note_recorded(request)


def address_of(request: HttpRequest | None) -> str | None:
    """Where a request came from, as far as NUM_PROXIES lets `X-Forwarded-For` be believed."""
    if request is None:
        return None
    from rest_framework.settings import api_settings

    proxies = api_settings.NUM_PROXIES or 0
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    direct: str | None = request.META.get("REMOTE_ADDR") or None
    return hops[-min(proxies, len(hops))] if proxies and hops else direct


def _accept(payload: dict[str, Any], request_id: str) -> None:
    from slimy.jobs.queue import add_job

    with tx() if connection.in_atomic_block else nullcontext():  # a failure must not spoil the transaction around us
        add_job("audit", "log_event", payload, None, request_id=_text(request_id, 64))


def _text(value: object, longest: int) -> str:
    text: str = json.loads(jsonb.cleaned(str(value)))
    return text[:longest]


def _bounded(details: Mapping[str, object]) -> dict[str, Any]:
    """The details as JSON that can be stored, cut where they are too long."""
    text = jsonb.cleaned(dict(details))
    if len(text.encode()) > MAX_DETAILS:
        return {"cut": True, **{str(name): _text(value, 200) for name, value in list(details.items())[:20]}}
    found: dict[str, Any] = json.loads(text, parse_constant=str)
    return found


def _address(text: str | None) -> str | None:
    try:
        return str(ip_address(text)) if text else None
    except ValueError:
        return None
