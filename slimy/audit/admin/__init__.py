"""The audit trail as staff see it: a list to search, the page of an event, a report. Nobody changes anything here."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from slimy.admin.keyset import KeysetChangeList, KeysetPaginator
from slimy.admin.window import Window, moment
from slimy.audit.admin.detail import detail
from slimy.audit.admin.filters import ActionFilter, AtFilter, OutcomeFilter
from slimy.audit.admin.report_page import report_page
from slimy.audit.models import Event
from slimy.ids import parse_id

COLOURS = {"success": "success", "accepted": "info", "refused": "warning", "failed": "danger"}


@admin.register(Event)
class EventAdmin(Window):
    """Events, newest first."""

    icon = "policy"
    paginator = KeysetPaginator
    list_display = ("what", "who", "on", "state", "when", "ip")
    list_filter = (ActionFilter, OutcomeFilter, ("at", AtFilter))
    list_defer = ("details",)
    list_before_template = "admin/audit/event/links.html"
    search_fields = ("request_id",)
    search_help_text = "Name of the actor, resource or its beginning with *, request id, event id"
    sortable_by = ()
    ordering = ("-id",)
    fields = ()  # the page shows `detail`

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Any]:
        """The class of the list."""
        return KeysetChangeList

    def get_urls(self) -> list[URLPattern]:
        """With the report, as a page and as CSV."""
        view = self.admin_site.admin_view(self.report)
        return [path("report/", view, name="audit_event_report"), *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Event], search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        """Exact values, each of which has an index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = Q(actor_name=term) | Q(resource=term) | Q(request_id=term)
        if term.endswith("*") and len(term) > 1:
            wanted = Q(resource__startswith=term[:-1])
        elif pk := parse_id(term):
            wanted |= Q(pk=pk)
        return queryset.filter(wanted), False

    def report(self, request: HttpRequest) -> HttpResponse:
        """Events counted by action, actor and day."""
        return report_page(self, request)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page of an event."""
        event: Event = context["original"]
        context |= {"colour": COLOURS.get(event.outcome), **detail(event, request)}
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    @display(description="action", header=True)
    def what(self, event: Event) -> tuple[str, str]:
        """What was done, and the id of the event."""
        return event.action, str(event.pk)

    @display(description="actor")
    def who(self, event: Event) -> str | SafeString:
        """The name, as a link to all that the actor did."""
        if not event.actor_name:
            return "nobody"
        url = reverse("admin:audit_event_changelist", query={"q": event.actor_name})
        return format_html('<a class="text-link" href="{}">{}</a>', url, event.actor_name)

    @display(description="resource")
    def on(self, event: Event) -> str | SafeString:
        """What it was done to, as a link to all that was done to it."""
        if not event.resource:
            return "-"
        url = reverse("admin:audit_event_changelist", query={"q": event.resource})
        return format_html('<a class="text-link" href="{}">{}</a>', url, event.resource)

    @display(description="outcome", label=COLOURS)
    def state(self, event: Event) -> str:
        """How it ended."""
        return event.outcome

    @display(description="when")
    def when(self, event: Event) -> str:
        """To the second."""
        return moment(event.at)
