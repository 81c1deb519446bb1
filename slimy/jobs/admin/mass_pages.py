"""Retry or cancel all jobs that match the filters of the list, however many they are.

Done in small transactions, so many seconds a request; the page goes on by itself until none is left. Only jobs that
were there when staff were asked are taken: none that failed again meanwhile, and none that came later.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from slimy.accounts.models import User
from slimy.audit.record import record
from slimy.ids import parse_id
from slimy.jobs.admin.action_pages import ActionPages
from slimy.jobs.admin.actions import CANCEL, RETRY, StaffAction
from slimy.jobs.admin.counting import Amount, amount_of, estimate
from slimy.jobs.models import Job, Status
from slimy.sql import query, tx

CHUNK = 500  # jobs of a transaction
PORTION = 20_000  # ids that are read at a time
SECONDS = 4.0  # of a request
COUNTED = 10_000
ACTIONS = {action.name: action for action in (RETRY, CANCEL)}


@dataclass
class Progress:
    """How far it is: when staff were asked, the last job that was looked at, and how many were done."""

    asked: datetime
    after: UUID | None = None
    done: int = 0
    ended: bool = False


class MassPages(ActionPages):
    """Mixed into the admin of jobs."""

    def get_urls(self) -> list[Any]:
        """`all/retry/` and `all/cancel/` with the query string of the list."""
        mine = [path("all/<str:name>/", self.admin_site.admin_view(self.all_that_match), name="jobs_job_all")]
        return [*mine, *super().get_urls()]

    def mass_actions(self, request: HttpRequest) -> list[StaffAction]:
        """What the user may do to many."""
        return [action for action in ACTIONS.values() if self._may(request, action)]

    def all_that_match(self, request: HttpRequest, name: str) -> HttpResponse:
        """Ask, with the count; then do it."""
        wanted = ACTIONS.get(name)
        if wanted is None:
            raise Http404
        if not self._may(request, wanted):
            raise PermissionDenied
        matching = self.get_changelist_instance(request).queryset.filter(status=wanted.of)
        if request.method != "POST":
            return self._ask_of_all(request, wanted, matching)
        progress = _posted(request)
        run(wanted, matching, progress)
        self._log_all(request, wanted, progress)
        return self._told_of_all(request, wanted, progress) if progress.ended else self._page(request, wanted, progress)

    def _ask_of_all(self, request: HttpRequest, wanted: StaffAction, matching: QuerySet[Job]) -> HttpResponse:
        amount = _counted(matching)
        if amount.jobs:
            return self._page(request, wanted, Progress(timezone.now()), amount=amount)
        self.message_user(request, f"No job of this list is {wanted.of}.", messages.WARNING)
        return HttpResponseRedirect(self._back_to_list(request))

    def _page(self, request: HttpRequest, wanted: StaffAction, progress: Progress, **more: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{wanted.title} all jobs that match",
            "wanted": wanted,
            "progress": progress,
            "filters": [(name, value) for name, value in request.GET.items() if value],
            "back": self._back_to_list(request),
        }
        return TemplateResponse(request, "admin/jobs/job/all.html", context | more)

    def _told_of_all(self, request: HttpRequest, wanted: StaffAction, progress: Progress) -> HttpResponse:
        were = "job was" if progress.done == 1 else "jobs were"
        level = messages.SUCCESS if progress.done else messages.WARNING
        self.message_user(request, f"{progress.done:,} {were} {wanted.done}.", level)
        return HttpResponseRedirect(self._back_to_list(request))

    def _back_to_list(self, request: HttpRequest) -> str:
        return f"{reverse('admin:jobs_job_changelist')}?{request.GET.urlencode()}"

    def _log_all(self, request: HttpRequest, wanted: StaffAction, progress: Progress) -> None:
        """In the admin's log and in the audit trail: one entry a page, with the count and the filters."""
        user, filters = cast("User", request.user), request.GET.urlencode()[:1500]
        LogEntry.objects.create(
            user=user,
            content_type=ContentType.objects.get_for_model(Job),
            object_repr=f"{progress.done:,} jobs",
            action_flag=CHANGE,
            change_message=f"{wanted.done.capitalize()}: {progress.done:,} jobs so far of ?{filters}",
        )
        details = {"jobs": progress.done, "filters": filters, "asked": progress.asked.isoformat()}
        record(f"jobs.{wanted.name}_all", actor=user, resource="jobs.job", details=details)


def run(wanted: StaffAction, matching: QuerySet[Job], progress: Progress) -> None:
    """Do it to those of `matching` that come after `progress.after`, for at most `SECONDS`; `progress` is kept true."""
    until = time.monotonic() + SECONDS
    moment = "finished_at" if wanted.of == Status.FAILED else "created_at"
    jobs = matching.filter(**{f"{moment}__lte": progress.asked}).order_by("pk")
    while time.monotonic() < until:
        rest = jobs.filter(pk__gt=progress.after) if progress.after else jobs
        ids = list(rest.values_list("pk", flat=True)[:PORTION])
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            progress.done += wanted.many(chunk)
            progress.after = chunk[-1]
            if time.monotonic() >= until:
                break
        progress.ended = not ids or (progress.after == ids[-1] and len(ids) < PORTION)
        if progress.ended:
            return


def _counted(matching: QuerySet[Job]) -> Amount:
    """Exactly while it is quick, else as PostgreSQL estimates it."""
    try:
        with tx():
            query("SET LOCAL statement_timeout = '2s'")
            return amount_of(matching, COUNTED)
    except OperationalError:
        return estimate(matching, at_least=1)


def _posted(request: HttpRequest) -> Progress:
    """As far as the page says; a page that was made up can only do what its user may do anyway."""
    try:
        asked = parse_datetime(request.POST.get("asked", ""))
    except ValueError:
        asked = None
    now = timezone.now()
    known = asked if asked and asked.tzinfo and asked < now else now
    done = request.POST.get("done", "")
    return Progress(
        known, parse_id(request.POST.get("after", "")), int(done) if done.isdecimal() and len(done) < 12 else 0
    )
