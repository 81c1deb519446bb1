"""The pages on which staff give their orders: from the list for many jobs, from a job's page for one."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action
from unfold.enums import ActionVariant

from slimy.admin.window import Window
from slimy.ids import parse_id
from slimy.jobs.models import Job
from slimy.jobs.orders import AT_ONCE, CANCEL, RETRY, Order, Outcome


class OrderPages(Window):
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
        return self._order_many(request, RETRY, queryset)

    @action(description="Cancel waiting jobs", permissions=["cancel"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
        """Of the list."""
        return self._order_many(request, CANCEL, queryset)

    @action(description="Retry", permissions=["retry"], url_path="retry", icon="replay", variant=ActionVariant.PRIMARY)
    def retry(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Of a job's page."""
        return self._order_one(request, RETRY, object_id)

    @action(
        description="Cancel", permissions=["cancel"], url_path="cancel", icon="cancel", variant=ActionVariant.DANGER
    )
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Of a job's page."""
        return self._order_one(request, CANCEL, object_id)

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[Any]:
        """Only the buttons that are legal in the state of the job."""
        pk = parse_id(unquote(object_id))
        status = Job.objects.filter(pk=pk).values_list("status", flat=True).first() if pk else None
        legal = {f"jobs_job_{order.name}" for order in (RETRY, CANCEL) if order.of == status}
        allowed: list[Any] = super().get_actions_detail(request, object_id)
        return [button for button in allowed if button.action_name in legal]

    def _may(self, request: HttpRequest, order: Order) -> bool:
        return self.has_view_permission(request) and request.user.has_perm(f"jobs.{order.name}_job")

    def _order_one(self, request: HttpRequest, order: Order, object_id: str) -> HttpResponse:
        job = self.get_object(request, unquote(object_id))
        if job is None:
            missing: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return missing
        page = reverse("admin:jobs_job_change", args=[job.pk])
        if job.status == order.of and request.method != "POST":
            return self._ask(request, order, [job], back=page)
        legal = request.method == "POST" and job.status == order.of
        self._tell(request, order, order.give([job], request.user) if legal else Outcome(late=[job.pk]))
        return HttpResponseRedirect(page)

    def _order_many(self, request: HttpRequest, order: Order, queryset: QuerySet[Job]) -> HttpResponse | None:
        if request.POST.get("post"):  # exactly those that the page asked about
            ids = {pk for text in request.POST.getlist(ACTION_CHECKBOX_NAME) if (pk := parse_id(text))}
            outcome = order.give(Job.objects.filter(pk__in=ids).order_by("number")[:AT_ONCE], request.user)
            self._tell(request, order, outcome)
            return None
        jobs = list(queryset.filter(status=order.of).order_by("number")[: AT_ONCE + 1])
        if jobs:
            return self._ask(request, order, jobs, back=request.get_full_path())
        self.message_user(request, f"None of the selected jobs is {order.of}.", messages.WARNING)
        return None

    def _ask(self, request: HttpRequest, order: Order, jobs: list[Job], *, back: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{order.title} jobs" if len(jobs) > 1 else f"{order.title} {jobs[0]}",
            "order": order,
            "jobs": jobs[:AT_ONCE],
            "too_many": len(jobs) > AT_ONCE,
            "action": request.POST.get("action"),
            "back": back,
        }
        return TemplateResponse(request, "admin/jobs/job/order.html", context)

    def _tell(self, request: HttpRequest, order: Order, outcome: Outcome) -> None:
        for ids, level, text in (
            (outcome.done, messages.SUCCESS, f"{order.done}."),
            (outcome.late, messages.WARNING, f"no longer {order.of}, so left alone."),
            (outcome.running, messages.WARNING, "being worked on just now, so left alone."),
        ):
            if ids:
                self.message_user(request, f"{len(ids)} job{'s were' if len(ids) > 1 else ' was'} {text}", level)
