"""Who changed which setting of a guild, from what to what."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from guilds.admin.words import label, lines
from guilds.models import SettingsChange
from slimy.admin.filters import DaysFilter
from slimy.admin.window import Window, moment


class SettingsChangeAdmin(Window):
    """Changes of settings."""

    icon = "history"
    list_display = ("guild", "version", "what", "by", "when")
    list_filter = (("at", DaysFilter),)
    list_select_related = ("guild", "by")
    search_fields = ("=guild__id",)
    search_help_text = "Id of the guild"
    sortable_by = ()
    ordering = ("-id",)
    fields = ("guild", "version", "by", "when")
    readonly_fields = ("when",)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page of a change."""
        context["lines"] = lines(context["original"])
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    @display(description="settings")
    def what(self, change: SettingsChange) -> str:
        """Which were changed."""
        return ", ".join(map(label, change.changes)) or "-"

    @display(description="changed")
    def when(self, change: SettingsChange) -> str:
        """When it was done."""
        return moment(change.at)
