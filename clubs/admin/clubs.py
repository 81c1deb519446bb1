"""Clubs as staff see them: one page a guild, with charts, standings, export, and import by a job."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from clubs.admin.cells import power
from clubs.admin.club_page import club_page
from clubs.admin.screenshot_pages import ScreenshotPages
from clubs.club import Club
from clubs.fields import PowerField
from clubs.models import Latest, Scan
from slimy.admin.window import moment


class ClubAdmin(ScreenshotPages):
    """Clubs. What is in one comes from scans."""

    icon = "military_tech"
    list_display = ("title", "members_counted", "total", "sim", "scanned")
    list_disable_select_all = True
    search_fields = ("name", "=id")
    search_help_text = "Name or id of the guild"
    sortable_by = ("title", "scanned")
    fields = ()  # the page shows `club_page`

    class Media:
        css = {"all": ("clubs/clubs.css", "clubs/desk.css")}
        js = ("clubs/charts.js", "clubs/upload.js")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Club]:
        """With the time of the newest scan, and what the members that haven't left have together."""
        here = Latest.objects.filter(guild=OuterRef("pk"), left_at=None).order_by().values("guild")
        newest = Scan.objects.filter(guild=OuterRef("pk")).order_by("-observed_at").values("observed_at")[:1]
        clubs: QuerySet[Club] = super().get_queryset(request)
        return clubs.annotate(
            scanned_at=Subquery(newest),
            member_count=Subquery(here.annotate(n=Count("pk")).values("n"), output_field=IntegerField()),
            sim_sum=Subquery(here.annotate(n=Sum("sim_power")).values("n"), output_field=PowerField()),
            total_sum=Subquery(here.annotate(n=Sum("total_power")).values("n"), output_field=PowerField()),
        )

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """By name."""
        return ("name", "pk")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page of a club; figures and names are for those who may see members."""
        user = request.user
        context["may_see_members"] = user.has_perm("clubs.view_member")
        if context["may_see_members"]:
            context |= club_page(context["original"], request)
        context |= {
            f"may_see_{name}s": user.has_perm(f"clubs.view_{name}") for name in ("scan", "correction", "upload")
        }
        context["may_see_guild"] = user.has_perm("guilds.view_guild")
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    @display(description="club", ordering="name", header=True)
    def title(self, club: Club) -> tuple[str, str]:
        """The guild's name, and its id."""
        return club.name, club.pk

    @display(description="members")
    def members_counted(self, club: Any) -> str:
        """Those who haven't left."""
        return f"{club.member_count:,}" if club.member_count else "-"

    @display(description="total together", header=True)
    def total(self, club: Any) -> tuple[str, str]:
        """The sum of total powers."""
        return power(club.total_sum)

    @display(description="sim together", header=True)
    def sim(self, club: Any) -> tuple[str, str]:
        """The sum of sim powers."""
        return power(club.sim_sum)

    @display(description="last scan", ordering="scanned_at")
    def scanned(self, club: Any) -> str:
        """When it was made."""
        return moment(club.scanned_at)
