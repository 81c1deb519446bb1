"""What happened to a job, in order: accepted, claimed, each failure, rescued, retried by staff, ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet

from slimy.admin.window import moment
from slimy.jobs.admin.documents import pretty
from slimy.jobs.admin.links import ago
from slimy.jobs.models import Job, Status

ENDS = {Status.COMPLETED: "good", Status.FAILED: "bad", Status.CANCELLED: "quiet"}
TOGETHER = timedelta(milliseconds=1)  # the end and the error that caused it


@dataclass(frozen=True)
class Event:
    """A moment in the life of a job."""

    at: datetime | None
    title: str
    tone: str = "quiet"
    text: str = ""
    failure: dict[str, Any] | None = None
    since: str = ""  # how long after the event before

    @property
    def time(self) -> str:
        """When, to the millisecond."""
        return moment(self.at, exact=True)


def timeline(job: Job) -> list[Event]:
    """The events whose times are known, in their order."""
    events = [Event(job.created_at, "Accepted", "calm", f"into the queue {job.queue}"), *_claims(job)]
    events += [*_failures(job), *_by_staff(job), *_end(job)]
    first = job.created_at
    ordered = sorted(events, key=lambda event: event.at or first)
    before: list[datetime | None] = [None, *(event.at for event in ordered)]
    return [_after(event, previous) for event, previous in zip(ordered, before, strict=False)]


def _after(event: Event, previous: datetime | None) -> Event:
    if not (event.at and previous):
        return event
    since = f"+{ago(max(0.0, (event.at - previous).total_seconds()))}"
    return Event(event.at, event.title, event.tone, event.text, event.failure, since)


def _claims(job: Job) -> Iterator[Event]:
    """The first start and the latest claim; those between left only their failures."""
    if job.started_at:
        yield Event(
            job.started_at, "First start", "calm", f"waited {ago((job.started_at - job.created_at).total_seconds())}"
        )
    again = job.claimed_at and job.started_at and job.claimed_at - job.started_at > TOGETHER
    if again or (job.claimed_at and not job.started_at):
        yield Event(job.claimed_at, f"Claimed, attempt {job.attempts}", "calm", f"by {job.claimed_by}")


def _failures(job: Job) -> Iterator[Event]:
    for failure in failures(job):
        rescued = failure["code"] == "worker_crashed"
        title = "Rescued: its worker died" if rescued else f"Attempt {failure['attempt']} failed"
        yield Event(failure["time"] or job.started_at, title, "warn" if rescued else "bad", "", failure)


def _by_staff(job: Job) -> Iterator[Event]:
    kind = ContentType.objects.get_for_model(Job)
    entries: QuerySet[LogEntry] = LogEntry.objects.filter(content_type=kind, object_id=str(job.pk)).select_related(
        "user"
    )
    for entry in entries.order_by("-action_time")[:20]:
        yield Event(entry.action_time, str(entry.get_change_message()).rstrip("."), "calm", f"by {entry.user}")


def _end(job: Job) -> Iterator[Event]:
    if job.finished_at:
        spent = job.milliseconds()
        text = "" if spent is None else f"{ago(spent / 1000)} after its first start"
        yield Event(job.finished_at, Status(job.status).label, ENDS[Status(job.status)], text)
    elif job.shown_status == "delayed":
        yield Event(
            job.available_at, "Will be tried again", "warn", f"attempt {job.attempts + 1} of {job.max_attempts}"
        )


def failures(job: Job) -> list[dict[str, Any]]:
    """The entries of `errors`, oldest first, with the time made readable."""
    entries = job.errors if isinstance(job.errors, list) else []
    return [_failure(entry) for entry in entries if isinstance(entry, dict)]


def _failure(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "attempt": entry.get("attempt"),
        "time": _time(entry.get("at")),
        "code": entry.get("code"),
        "type": entry.get("type"),
        "message": entry.get("message") or entry.get("public"),
        "details": pretty(entry.get("details")),
        "trace": entry.get("trace"),
    }


def _time(text: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else None
