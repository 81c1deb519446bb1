"""What the page of one job shows: its facts, what it was asked, what came of it, and each of its failures."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html_join

from slimy.admin.subjects import subjects_of
from slimy.admin.window import link, moment
from slimy.jobs.models import Job, Status

SHOWN = 100_000  # characters of a payload or a result

Fact = tuple[str, Any]


def detail(job: Job, request: HttpRequest) -> dict[str, Any]:
    """What the template needs; all of it is escaped there, for payloads are as clients sent them."""
    return {
        "groups": [_about(job, request), _delivery(job), _times(job)],
        "documents": [("Payload", pretty(job.payload)), ("Result", pretty(job.result))],
        "failures": failures(job),
    }


def _about(job: Job, request: HttpRequest) -> list[Fact]:
    subjects = [(link(request, row),) for row in subjects_of(job.payload, job.result)]
    return [
        ("Type", job.type),
        ("Owner", link(request, job.owner)),
        ("About", format_html_join(", ", "{}", subjects)),
        ("Request id", job.request_id),
        ("Idempotency key", job.idempotency_key),
    ]


def _delivery(job: Job) -> list[Fact]:
    return [
        ("Queue", f"{job.queue}, at the front" if job.priority > 0 else job.queue),
        ("Attempts", f"{job.attempts} of {job.max_attempts}"),
        *_progress(job),
        ("Put back without an attempt", str(job.setbacks)),
        ("Crashes of its worker", str(job.crashes)),
        ("Messages sent to Redis", str(job.deliveries)),
        ("Last worker", job.claimed_by),
    ]


def _progress(job: Job) -> list[Fact]:
    found = job.progress
    if job.status != Status.ACTIVE or not isinstance(found, dict):
        return []
    return [("Progress", f"{found.get('done')} of {found.get('total')}, {found.get('current')}")]


def _times(job: Job) -> list[Fact]:
    spent = job.milliseconds()
    return [
        ("Accepted", moment(job.created_at, exact=True)),
        ("Available", moment(job.available_at, exact=True)),
        ("First start", moment(job.started_at, exact=True)),
        ("Finished", moment(job.finished_at, exact=True)),
        ("Duration", None if spent is None else f"{spent:,} ms"),
    ]


def failures(job: Job) -> list[dict[str, Any]]:
    """The entries of `errors`, oldest first, with the time made readable."""
    entries = job.errors if isinstance(job.errors, list) else []
    return [_failure(entry) for entry in entries if isinstance(entry, dict)]


def _failure(entry: dict[str, Any]) -> dict[str, Any]:
    try:
        at = parse_datetime(str(entry.get("at")))
    except ValueError:
        at = None
    return {
        "attempt": entry.get("attempt"),
        "at": moment(at, exact=True) if at else entry.get("at"),
        "code": entry.get("code"),
        "type": entry.get("type"),
        "message": entry.get("message") or entry.get("public"),
        "details": pretty(entry.get("details")),
        "trace": entry.get("trace"),
    }


def pretty(document: object) -> str:
    """JSON for people, cut when it is very long; "" for nothing."""
    if document is None:
        return ""
    try:
        text = json.dumps(document, indent=2, ensure_ascii=False, cls=DjangoJSONEncoder)
    except RecursionError:
        return "(nested too deeply to be shown)"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}\n… and {len(text) - SHOWN:,} characters more"
