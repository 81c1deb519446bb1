"""The ledger as staff see it: every job, why it failed, and two buttons: retry and cancel."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from slimy.accounts.models import User
from slimy.admin.window import moment
from slimy.ids import parse_id
from slimy.jobs.admin.action_pages import ActionPages
from slimy.jobs.admin.detail import detail
from slimy.jobs.admin.filters import AcceptedFilter, QueueFilter, StatusFilter, TypeFilter
from slimy.jobs.models import Job

COLOURS = {"queued": "info", "delayed": "warning", "active": "primary", "completed": "success", "failed": "danger"}
OWNER_FILTER = ("owner", AutocompleteSelectFilter)


@admin.register(Job)
class JobAdmin(ActionPages):
    """Jobs. Nobody edits one: the verbs of the ledger are the only way to change it."""

    icon = "work_history"
    list_display = ("job", "state", "queue", "owner", "tries", "accepted", "milliseconds", "request_id")
    list_filter = (StatusFilter, QueueFilter, TypeFilter, OWNER_FILTER, ("created_at", AcceptedFilter))
    list_select_related = ("owner",)
    list_defer = ("payload", "result", "errors")
    search_fields = ("request_id",)
    search_help_text = "Id, request id, or name of the owner"
    sortable_by = ("job",)  # by what is indexed
    ordering = ("-id",)
    fields = ()  # the page shows `detail`

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Owners can be chosen by those who may see users."""
        may_see_users = request.user.has_perm("accounts.view_user")
        return [entry for entry in super().get_list_filter(request) if may_see_users or entry != OWNER_FILTER]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Job], search_term: str
    ) -> tuple[QuerySet[Job], bool]:
        """A job's id, else the beginning of owners' names, else a request id: each on its own can use an index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        pk = parse_id(term)
        if pk and Job.objects.filter(pk=pk).exists():
            return queryset.filter(pk=pk), False
        owners = list(User.objects.filter(username__istartswith=term).values_list("pk", flat=True)[:100])
        return queryset.filter(owner__in=owners) if owners else queryset.filter(request_id=term), False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page of a job."""
        job: Job = context["original"]
        context |= {"state": self.state(job), "colour": COLOURS.get(self.state(job)), **detail(job, request)}
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    @display(description="job", ordering="id", header=True)
    def job(self, job: Job) -> tuple[str, str]:
        """What it does, and its id."""
        return job.type, str(job.pk)

    @display(description="status", label=COLOURS)
    def state(self, job: Job) -> str:
        """As the API says it."""
        return job.shown_status

    @display(description="attempts")
    def tries(self, job: Job) -> str:
        """Of how many."""
        return f"{job.attempts} of {job.max_attempts}"

    @display(description="accepted")
    def accepted(self, job: Job) -> str:
        """When it came."""
        return moment(job.created_at)

    @display(description="duration (ms)")
    def milliseconds(self, job: Job) -> str:
        """From the first start to the end."""
        spent = job.milliseconds()
        return "-" if spent is None else f"{spent:,}"
