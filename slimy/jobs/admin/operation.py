"""The page of queues, workers and recurring work; and the questions before a queue is paused or resumed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from slimy.accounts.models import User
from slimy.admin.panels import forget_all
from slimy.audit.record import record
from slimy.jobs.admin import figures, links
from slimy.jobs.admin.crew import LATE, Worker, crew
from slimy.jobs.admin.mass_pages import MassPages
from slimy.jobs.models import Job
from slimy.jobs.pauses import Pause, pause, resume

ACTS = 15  # of staff
RECURRING = (  # what each worker does between batches (slimy/jobs/recovery.py, slimy/jobs/lifecycle.py)
    ("beat", "Sign of life", "Each worker tells RQ that it lives, on which slot and at what.", "2 s"),
    ("rescue", "Rescue", "Jobs of workers that died go back to their queues.", "1 s"),
    ("ring", "Messages", "Retries that are due and messages that got lost are sent to Redis.", "1 s"),
    ("prune", "Pruning", "Finished jobs that are old go; the newest of each queue stay.", "1 min"),
)


@dataclass(frozen=True)
class Round:
    """Recurring work as the page shows it."""

    title: str
    about: str
    every: str
    last: str
    count: str


class OperationPages(MassPages):
    """Mixed into the admin of jobs."""

    menu_pages = (("Queues and workers", "lan", "jobs_job_operation"),)

    def get_urls(self) -> list[Any]:
        """`operation/`, and below it a page for each queue's pause and resumption."""
        view = self.admin_site.admin_view
        return [
            path("operation/", view(self.operation), name="jobs_job_operation"),
            path("operation/<str:queue>/<str:verb>/", view(self.switch), name="jobs_job_switch"),
            *super().get_urls(),
        ]

    def has_pause_permission(self, request: HttpRequest) -> bool:
        """Those who may see jobs and have the permission."""
        return self.has_view_permission(request) and request.user.has_perm("jobs.pause_queue")

    def operation(self, request: HttpRequest) -> HttpResponse:
        """Queues, workers, recurring work."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        workers, now = crew(), timezone.now()
        context = {
            "title": "Queues and workers",
            "queues": _queues(),
            "may_pause": self.has_pause_permission(request),
            "redis_answers": workers is not None,
            "workers": [(worker, *_signs(worker, now)) for worker in workers or []],
            "rounds": _rounds(workers or [], now),
            "acts": _acts(now),
        }
        return self._operation_page(request, "operation", context)

    def switch(self, request: HttpRequest, queue: str, verb: str) -> HttpResponse:
        """Ask, then pause or resume."""
        if queue not in figures.queues() or verb not in ("pause", "resume"):
            raise Http404
        if not self.has_pause_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            context = {"title": f"{verb.capitalize()} the queue {queue}", "queue": queue, "verb": verb}
            return self._operation_page(request, "switch", context)
        user = cast("User", request.user)
        changed = pause(queue, user) if verb == "pause" else resume(queue)
        if changed:
            _log(user, queue, f"{verb.capitalize()}d.")
            record(f"jobs.{verb}_queue", actor=user, resource=f"queue/{queue}")
            forget_all()
            text = f"The queue {queue} is paused." if verb == "pause" else f"The queue {queue} is worked on again."
            self.message_user(request, text, messages.SUCCESS)
        else:
            self.message_user(request, f"The queue {queue} was {verb}d already.", messages.WARNING)
        return HttpResponseRedirect(reverse("admin:jobs_job_operation"))

    def _operation_page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        frame = self.admin_site.each_context(request)
        return TemplateResponse(request, f"admin/jobs/job/{template}.html", {**frame, **context})


def _queues() -> list[dict[str, Any]]:
    waiting, pauses = figures.waiting(), {pause.queue: pause for pause in Pause.objects.select_related("by")}
    active: dict[str, int] = {}
    for row in figures.active():
        active[row["queue"]] = active.get(row["queue"], 0) + row["jobs"]
    return [
        {
            "name": name,
            "url": links.jobs(queue=name),
            "waiting": waiting.get(name, {}).get("due", 0),
            "waiting_url": links.jobs(queue=name, status="queued"),
            "oldest": links.ago(waiting[name]["seconds"]) if waiting.get(name, {}).get("due") else "-",
            "later": waiting.get(name, {}).get("later", 0),
            "active": active.get(name, 0),
            "active_url": links.jobs(queue=name, status="active"),
            "paused": pauses.get(name),
        }
        for name in figures.queues()
    ]


def _signs(worker: Worker, now: datetime) -> tuple[str, bool, str]:
    """When it was last seen, whether that is long ago, and for how long it has been working."""
    silent = worker.silent(now)
    age = links.ago((now - worker.born).total_seconds()) if worker.born else "-"
    return f"{links.ago(silent)} ago" if worker.seen else "never", silent >= LATE, age


def _rounds(workers: list[Worker], now: datetime) -> list[Round]:
    return [Round(title, about, every, *_last(name, workers, now)) for name, title, about, every in RECURRING]


def _last(name: str, workers: list[Worker], now: datetime) -> tuple[str, str]:
    """When any worker last did it, and how many jobs it concerned."""
    if name == "beat":
        seen = max((worker.seen for worker in workers if worker.seen), default=None)
        return (f"{links.ago((now - seen).total_seconds())} ago" if seen else "-"), ""
    newest = max((worker.rounds[name] for worker in workers if name in worker.rounds), default="")
    at, _, count = newest.partition(" ")
    try:
        moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    except ValueError:
        return "-", ""
    return f"{links.ago((now - moment).total_seconds())} ago", count


def _acts(now: datetime) -> list[tuple[LogEntry, str, str]]:
    """What staff did to jobs and queues lately: the entry, the page of its job if it is about one, and how long ago."""
    kind = ContentType.objects.get_for_model(Job)
    entries = LogEntry.objects.filter(content_type=kind).select_related("user").order_by("-pk")[:ACTS]
    return [
        (
            entry,
            links.job(entry.object_id) if entry.object_id else "",
            links.ago((now - entry.action_time).total_seconds()),
        )
        for entry in entries
    ]


def _log(user: User, queue: str, message: str) -> None:
    kind = ContentType.objects.get_for_model(Job)
    LogEntry.objects.create(
        user=user, content_type=kind, object_repr=f"queue {queue}", action_flag=CHANGE, change_message=message
    )
