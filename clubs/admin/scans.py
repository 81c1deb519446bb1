"""Scans as staff see them: what came, what was read of it, and whom each row was taken for."""

from typing import Any

from django.db.models import F, Func, IntegerField, QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import ChoicesRadioFilter
from unfold.decorators import display

from clubs.admin.filters import GUILD_FILTER, allowed, in_one_guild
from clubs.admin.scan_rows import ScanRows
from clubs.choices import ScanStatus
from clubs.models import Scan
from slimy.admin.filters import DaysFilter
from slimy.admin.window import Window, link, moment
from slimy.jobs.admin.documents import pretty
from slimy.jobs.models import Job

COLOURS = {ScanStatus.INGESTED.label: "success", ScanStatus.SKIPPED.label: "warning"}


class ScanAdmin(Window):
    """Scans."""

    icon = "document_scanner"
    id_fields = ("pk",)
    list_display = (
        "page", "guild", "state", "observed", "whole",
        "read", "members", "recorded", "new", "problems",
    )  # fmt: skip
    list_filter = (
        GUILD_FILTER,
        ("status", ChoicesRadioFilter),
        ("page_type", ChoicesRadioFilter),
        ("observed_at", DaysFilter),
    )
    list_select_related = ("guild",)
    list_defer = ("rows", "errors", "raw")
    search_fields = ("=guild__id", "guild__name")
    search_help_text = "Id of the scan, id or name of the guild"
    sortable_by = ()
    fields = ()  # the page shows facts and rows

    class Media:
        css = {"all": ("clubs/clubs.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Scan]:
        """With the number of errors."""
        errors = Func(F("errors"), function="jsonb_array_length", output_field=IntegerField())
        scans: QuerySet[Scan] = super().get_queryset(request).annotate(error_count=errors)
        return scans

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Newest first: by observation in one guild, else by acceptance; both are indexed."""
        return ("-observed_at", "-id") if in_one_guild(request) else ("-id",)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Guilds can be chosen by those who may see guilds."""
        return allowed(request, super().get_list_filter(request))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page of a scan."""
        scan: Scan = context["original"]
        context |= {"groups": _facts(scan, request), "state": self.state(scan), "colour": COLOURS[self.state(scan)]}
        context |= {"table": ScanRows.of(scan, request), "raw": pretty(scan.raw)}
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    @display(description="scan", header=True)
    def page(self, scan: Scan) -> tuple[str, str]:
        """What it shows, and how it was sent."""
        return scan.get_page_type_display(), f"sent as {scan.source}"

    @display(description="status", label=COLOURS)
    def state(self, scan: Scan) -> str:
        """What became of it."""
        return ScanStatus(scan.status).label

    @display(description="observed", ordering="observed_at")
    def observed(self, scan: Scan) -> str:
        """When it was made."""
        return moment(scan.observed_at)

    @display(description="complete", boolean=True)
    def whole(self, scan: Scan) -> bool:
        """Whether it shows the whole club."""
        return scan.complete

    @display(description="rows")
    def read(self, scan: Scan) -> int:
        """How many were read."""
        return scan.rows_read

    @display(description="members")
    def members(self, scan: Scan) -> int:
        """How many were found."""
        return scan.members_processed

    @display(description="recorded")
    def recorded(self, scan: Scan) -> int:
        """Of how many members something new was recorded."""
        return scan.metrics_recorded

    @display(description="new")
    def new(self, scan: Scan) -> int:
        """How many were seen for the first time."""
        return scan.new_members

    @display(description="errors", label="danger")
    def problems(self, scan: Any) -> str:
        """How many."""
        return str(scan.error_count) if scan.error_count else ""


def _facts(scan: Scan, request: HttpRequest) -> list[list[tuple[str, Any]]]:
    return [
        [
            ("Guild", link(request, scan.guild)),
            ("Page", scan.get_page_type_display()),
            ("Observed", moment(scan.observed_at)),
            ("Complete", "yes, who isn't on it has left" if scan.complete else "no"),
            ("Members shown", scan.members_shown),
        ],
        [
            ("Sent by", link(request, scan.submitted_by)),
            ("Sent as", scan.source),
            ("Accepted", moment(scan.created_at)),
            ("Job", _job(scan, request)),
        ],
        [
            ("Rows read", str(scan.rows_read)),
            ("Members", str(scan.members_processed)),
            ("Metrics recorded", str(scan.metrics_recorded)),
            ("New members", str(scan.new_members)),
            ("Errors", str(len(scan.errors))),
        ],
    ]


def _job(scan: Scan, request: HttpRequest) -> Any:
    """The job that did it, which has the scan's id; jobs are pruned before scans."""
    job = Job.objects.filter(pk=scan.pk).defer("payload", "result", "errors").first()
    return link(request, job) if job else "no longer in the ledger"
