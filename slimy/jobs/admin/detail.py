"""What the page of one job shows: its facts, what happened to it, what it was asked and what came of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html_join

from slimy.admin.subjects import subjects_of
from slimy.admin.window import link, moment
from slimy.jobs.admin import links
from slimy.jobs.admin.documents import folded, pretty
from slimy.jobs.admin.timeline import timeline
from slimy.jobs.models import Job, Status

Fact = tuple[str, Any]


def detail(job: Job, request: HttpRequest) -> dict[str, Any]:
    """What the template needs; all of it is escaped there, for payloads are as clients sent them."""
    return {
        "groups": [_about(job, request), _delivery(job), _times(job)],
        "documents": [
            (name, folded(document), pretty(document))
            for name, document in (("Payload", job.payload), ("Result", job.result))
        ],
        "timeline": timeline(job),
        "is_live": not job.is_finished,
        "older": _neighbour(Job.objects.filter(pk__lt=job.pk).order_by("-pk")),
        "newer": _neighbour(Job.objects.filter(pk__gt=job.pk).order_by("pk")),
    }


def _neighbour(jobs: Any) -> str:
    pk = jobs.values_list("pk", flat=True).first()
    return links.job(pk) if pk else ""


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
