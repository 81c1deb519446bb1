"""Members of clubs as staff see them: where each stands, how that changes, and under which names they were read."""

from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from clubs.admin.cells import change, left, power, sparkline, standing
from clubs.admin.filters import GUILD_FILTER, LeftFilter, allowed, in_one_guild
from clubs.admin.member_page import member_page
from clubs.admin.member_pages import MemberPages
from clubs.charts import trends
from clubs.models import Member, MemberAlias
from clubs.names import NoName, canonical
from slimy.admin.paginator import BoundedChangeList
from slimy.admin.window import moment


def _by(column: str) -> Any:
    """Sorting by a column with its nulls always at the bottom of the list that begins with the largest."""
    return F(column).asc(nulls_first=True)


class MemberChangeList(BoundedChangeList):
    """A list that knows the last weeks of all members of its page, by one statement."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        """With the trends."""
        super().get_results(request)
        members: list[Any] = list(self.result_list)
        found = trends([member.pk for member in members], timezone.now())
        for member in members:
            member.trend = found.get(member.pk)
        self.result_list = members


class MemberAdmin(MemberPages):
    """Members. They come from scans, and go only by being merged; staff say what their names and powers are."""

    icon = "person_search"
    list_display = ("name", "club", "total", "total_change", "sim", "sim_change", "weeks", "seen")
    list_filter = (GUILD_FILTER, LeftFilter)
    list_select_related = ("guild", "latest")
    list_disable_select_all = True  # beyond the page
    list_per_page = 100  # a whole club, so that any two of it can be merged
    search_fields = ("display_name",)
    search_help_text = "Name, key or another spelling"
    fields = ()  # the page shows `member_page`

    class Media:
        css = {"all": ("clubs/clubs.css",)}
        js = ("clubs/charts.js",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Any]:
        """The class of the list."""
        return MemberChangeList

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        """The strongest first in one guild, else the newest: both are indexed."""
        return (F("latest__total_power").desc(nulls_last=True), "pk") if in_one_guild(request) else ("-pk",)

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """All columns in one guild; a guild can be sorted, all of them can't."""
        return self.list_display if in_one_guild(request) else ()

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Guilds can be chosen by those who may see guilds."""
        return allowed(request, super().get_list_filter(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Member], search_term: str
    ) -> tuple[QuerySet[Member], bool]:
        """By the name as shown, by its key however it is written, and by other spellings."""
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = Q(display_name__icontains=term)
        try:
            key = canonical(term)
        except NoName:
            return queryset.filter(wanted), False
        aliases = MemberAlias.objects.filter(alias_key__contains=key).values("member")
        return queryset.filter(wanted | Q(member_key__contains=key) | Q(pk__in=aliases)), False

    def name_in_choices(self, member: Member) -> str:
        """The name where a member is chosen from a list: clubs may have members of the same name."""
        return f"{member.display_name} ({member.guild})"

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page of a member."""
        context |= member_page(context["original"], request)
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    @display(description="member", ordering="display_name", header=True)
    def name(self, member: Member) -> tuple[str, str]:
        """The name as shown, and its key."""
        return member.display_name, member.member_key

    @display(description="guild")
    def club(self, member: Member) -> SafeString:
        """A link to the club's page."""
        url = reverse("admin:clubs_club_change", args=[member.guild_id])
        return format_html('<a class="text-link" href="{}">{}</a>', url, member.guild)

    @display(description="total", ordering=_by("latest__total_power"), header=True)
    def total(self, member: Member) -> tuple[str, str]:
        """Total power."""
        found = standing(member)
        return power(found.total_power if found else None)

    @display(description="in a week", ordering=_by("latest__total_change"))
    def total_change(self, member: Member) -> SafeString | str:
        """The change of total power."""
        found = standing(member)
        return change(found.total_change if found else None)

    @display(description="sim", ordering=_by("latest__sim_power"), header=True)
    def sim(self, member: Member) -> tuple[str, str]:
        """Sim power."""
        found = standing(member)
        return power(found.sim_power if found else None)

    @display(description="in a week", ordering=_by("latest__sim_change"))
    def sim_change(self, member: Member) -> SafeString | str:
        """The change of sim power."""
        found = standing(member)
        return change(found.sim_change if found else None)

    @display(description="8 weeks")
    def weeks(self, member: Any) -> SafeString | str:
        """A sparkline."""
        return sparkline(member.trend)

    @display(description="last seen", ordering="last_seen_at")
    def seen(self, member: Member) -> SafeString:
        """On which scan, and the mark of those who left."""
        found = standing(member)
        return format_html("{} {}", moment(member.last_seen_at), left(found.left_at if found else None))
