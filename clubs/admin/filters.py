"""How staff narrow lists of clubs down."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RadioFilter

GUILD_FILTER = ("guild", AutocompleteSelectFilter)
IN_GUILD = "guild__id__exact"


def in_one_guild(request: HttpRequest) -> bool:
    """Whether a list shows one guild only, so that it may be sorted by what is indexed with the guild."""
    return bool(request.GET.get(IN_GUILD))


def allowed(request: HttpRequest, filters: list[Any]) -> list[Any]:
    """The filters, without that of guilds for those who may not see guilds."""
    may_see_guilds = request.user.has_perm("guilds.view_guild")
    return [entry for entry in filters if may_see_guilds or entry != GUILD_FILTER]


class YesNoFilter(RadioFilter):
    """By whether a column is null; subclasses say which and what that means."""

    column: str
    words: tuple[str, str]  # for null, for anything else

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Both."""
        return [("no", self.words[0]), ("yes", self.words[1])]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the chosen kind."""
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(**{f"{self.column}__isnull": self.value() == "no"})


class LeftFilter(YesNoFilter):
    """Who is in the club, who left it."""

    title = "membership"
    parameter_name = "left"
    column = "latest__left_at"
    words = ("In the club", "Left")


class RemovedFilter(YesNoFilter):
    """Corrections that count, and those that were removed."""

    title = "state"
    parameter_name = "removed"
    column = "removed_at"
    words = ("Counts", "Removed")
