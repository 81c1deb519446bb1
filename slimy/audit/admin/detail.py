"""What the page of an event shows: who, what and when; what was before and after; where it leads."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from slimy.accounts.models import User
from slimy.admin.window import link, moment
from slimy.audit.models import Event
from slimy.ids import parse_id
from slimy.jobs.models import Job


def detail(event: Event, request: HttpRequest) -> dict[str, Any]:
    """What the template needs; all of it is escaped there."""
    details = dict(event.details) if isinstance(event.details, dict) else {"details": event.details}
    before, after = details.pop("before", None), details.pop("after", None)
    return {
        "groups": [_who(event, request), _what(event, request)],
        "changes": _changes(before, after),
        "rest": json.dumps(details, indent=2, ensure_ascii=False) if details else "",
        "same_request": reverse("admin:audit_event_changelist", query={"q": event.request_id}),
        "same_resource": reverse("admin:audit_event_changelist", query={"q": event.resource}),
    }


def _who(event: Event, request: HttpRequest) -> list[tuple[str, Any]]:
    user = User.objects.filter(pk=event.actor_id).first() if event.actor_id else None
    gone = f"{event.actor_name} (gone)" if event.actor_id else event.actor_name or "nobody"
    return [
        ("Actor", link(request, user) if user else gone),
        ("Name at that time", event.actor_name),
        ("Address", event.ip),
        ("Request id", event.request_id),
    ]


def _what(event: Event, request: HttpRequest) -> list[tuple[str, Any]]:
    kind, _, key = event.resource.partition("/")
    pk = parse_id(key) if kind == "jobs.job" else None
    job = Job.objects.filter(pk=pk).defer("payload", "result").first() if pk else None
    return [
        ("Action", event.action),
        ("Resource", event.resource),
        ("When", moment(event.at, exact=True)),
        *([("Job", link(request, job))] if job else []),
    ]


def _changes(before: Any, after: Any) -> list[tuple[str, str, str]]:
    """Name, before, after; for values that aren't objects one row without a name."""
    if before is None and after is None:
        return []
    if not isinstance(before, dict) or not isinstance(after, dict):
        return [("", _text(before), _text(after))]
    return [(name, _text(before.get(name)), _text(after.get(name))) for name in sorted({*before, *after})]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
