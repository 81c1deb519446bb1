"""The ledger as staff see it: every job, why it failed, and two buttons: retry and cancel."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from slimy.admin.window import moment
from slimy.jobs.admin import panels  # noqa: F401  what the home page shows of jobs
from slimy.jobs.admin.changelist import JobChangeList, KeysetPaginator
from slimy.jobs.admin.detail import detail
from slimy.jobs.admin.filters import (
    AcceptedFilter,
    CodeFilter,
    FinishedFilter,
    QueueFilter,
    StatusFilter,
    TypeFilter,
    WorkerFilter,
)
from slimy.jobs.admin.operation import OperationPages
from slimy.jobs.admin.search import HELP, Meaning, meaning_of
from slimy.jobs.models import Job

COLOURS = {"queued": "info", "delayed": "warning", "active": "primary", "completed": "success", "failed": "danger"}
OWNER_FILTER = ("owner", AutocompleteSelectFilter)


@admin.register(Job)
class JobAdmin(OperationPages):
    """Jobs. Nobody edits one: the verbs of the ledger are the only way to change it."""

    icon = "work_history"
    list_display = ("job", "state", "queue", "owner", "tries", "accepted", "milliseconds", "request_id")
    list_filter = (
        StatusFilter,
        QueueFilter,
        TypeFilter,
        OWNER_FILTER,
        ("created_at", AcceptedFilter),
        CodeFilter,
        FinishedFilter,
        WorkerFilter,
    )
    list_before_template = "admin/jobs/job/tabs.html"
    paginator = KeysetPaginator
    list_select_related = ("owner",)
    list_defer = ("payload", "result", "errors")
    search_fields = ("request_id",)
    search_help_text = HELP
    sortable_by = ()  # always the newest first
    ordering = ("-id",)
    fields = ()  # the page shows `detail`

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Owners can be chosen by those who may see users."""
        may_see_users = request.user.has_perm("accounts.view_user")
        return [entry for entry in super().get_list_filter(request) if may_see_users or entry != OWNER_FILTER]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Job], search_term: str
    ) -> tuple[QuerySet[Job], bool]:
        """See `meaning_of`, which is asked once a request; how payloads were searched is said above the list."""
        if not hasattr(request, "meaning"):
            request.meaning = meaning_of(search_term)  # type: ignore[attr-defined]
        meaning: Meaning = request.meaning  # type: ignore[attr-defined]
        return meaning.of(queryset), False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Any]:
        """The class of the list."""
        return JobChangeList

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page of a job."""
        job: Job = context["original"]
        context |= {"state": self.state(job), "colour": COLOURS.get(self.state(job)), **detail(job, request)}
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    @display(description="job", header=True)
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
