"""The pages on which staff act: from the list for many jobs, from a job's page for one."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action
from unfold.enums import ActionVariant

from slimy.accounts.models import User
from slimy.admin.window import Window
from slimy.ids import parse_id
from slimy.jobs.admin.actions import AT_ONCE, CANCEL, RETRY, Outcome, StaffAction
from slimy.jobs.models import Job


class ActionPages(Window):
    """Mixed into the admin of jobs: actions, buttons, and one page that asks before anything happens."""

    actions = ("retry_selected", "cancel_selected")
    actions_detail = ("retry", "cancel")

    def has_retry_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Those who may see jobs and have the permission."""
        return self._may(request, RETRY)

    def has_cancel_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Those who may see jobs and have the permission."""
        return self._may(request, CANCEL)

    @action(description="Retry failed jobs", permissions=["retry"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
        """Of the list."""
        return self._run_many(request, RETRY, queryset)

    @action(description="Cancel waiting jobs", permissions=["cancel"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
        """Of the list."""
        return self._run_many(request, CANCEL, queryset)

    @action(description="Retry", permissions=["retry"], url_path="retry", icon="replay", variant=ActionVariant.PRIMARY)
    def retry(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Of a job's page."""
        return self._run_one(request, RETRY, object_id)

    @action(
        description="Cancel", permissions=["cancel"], url_path="cancel", icon="cancel", variant=ActionVariant.DANGER
    )
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Of a job's page."""
        return self._run_one(request, CANCEL, object_id)

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[Any]:
        """Only the buttons that are legal in the state of the job."""
        pk = parse_id(unquote(object_id))
        status = Job.objects.filter(pk=pk).values_list("status", flat=True).first() if pk else None
        legal = {f"jobs_job_{wanted.name}" for wanted in (RETRY, CANCEL) if wanted.of == status}
        allowed: list[Any] = super().get_actions_detail(request, object_id)
        return [button for button in allowed if button.action_name in legal]

    def _may(self, request: HttpRequest, wanted: StaffAction) -> bool:
        return self.has_view_permission(request) and request.user.has_perm(f"jobs.{wanted.name}_job")

    def _run_one(self, request: HttpRequest, wanted: StaffAction, object_id: str) -> HttpResponse:
        job = self.get_object(request, unquote(object_id))
        if job is None:
            missing: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return missing
        page = reverse("admin:jobs_job_change", args=[job.pk])
        if request.method == "POST":
            outcome = wanted.run([job], _user(request))
        elif job.status == wanted.of:
            return self._ask(request, wanted, [job], back=page)
        else:
            outcome = Outcome(late=[job.pk])
        self._tell(request, wanted, outcome)
        return HttpResponseRedirect(page)

    def _run_many(self, request: HttpRequest, wanted: StaffAction, queryset: QuerySet[Job]) -> HttpResponse | None:
        if request.POST.get("post"):  # exactly those that the page asked about
            ids = {pk for text in request.POST.getlist(ACTION_CHECKBOX_NAME) if (pk := parse_id(text))}
            outcome = wanted.run(Job.objects.filter(pk__in=ids).order_by("number")[:AT_ONCE], _user(request))
            self._tell(request, wanted, outcome)
            return None
        jobs = list(queryset.filter(status=wanted.of).order_by("number")[: AT_ONCE + 1])
        if jobs:
            return self._ask(request, wanted, jobs, back=request.get_full_path())
        self.message_user(request, f"None of the selected jobs is {wanted.of}.", messages.WARNING)
        return None

    def _ask(self, request: HttpRequest, wanted: StaffAction, jobs: list[Job], *, back: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{wanted.title} jobs" if len(jobs) > 1 else f"{wanted.title} {jobs[0]}",
            "wanted": wanted,
            "jobs": jobs[:AT_ONCE],
            "too_many": len(jobs) > AT_ONCE,
            "action": request.POST.get("action"),
            "back": back,
        }
        return TemplateResponse(request, "admin/jobs/job/action.html", context)

    def _tell(self, request: HttpRequest, wanted: StaffAction, outcome: Outcome) -> None:
        for ids, level, text in (
            (outcome.done, messages.SUCCESS, f"{wanted.done}."),
            (outcome.late, messages.WARNING, f"no longer {wanted.of}, so left alone."),
            (outcome.running, messages.WARNING, "being worked on just now, so left alone."),
        ):
            if ids:
                self.message_user(request, f"{len(ids)} job{'s were' if len(ids) > 1 else ' was'} {text}", level)


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)  # the admin lets nobody else in
