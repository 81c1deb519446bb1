"""Two members that are one person are merged: the page asks which one stays, and shows what both are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import action

from clubs.admin.asking import page, refused, told, user_of
from clubs.admin.cells import exact, standing
from clubs.merging import merge
from clubs.models import Member, Metric
from slimy.admin.window import Window, moment
from slimy.exceptions import SlimyError
from slimy.sql import tx

MOST = 10  # members merged at once
_LIST = "admin:clubs_member_changelist"


@dataclass(frozen=True)
class Candidate:
    """One of those to be merged, as the page shows them."""

    member: Any

    @property
    def facts(self) -> list[tuple[str, Any]]:
        """What tells them apart."""
        found = standing(self.member)
        return [
            ("Key", self.member.member_key),
            ("Other spellings", ", ".join(alias.name for alias in self.member.aliases.all()) or "-"),
            ("Total power", exact(found.total_power if found else None)),
            ("Sim power", exact(found.sim_power if found else None)),
            ("First seen", moment(self.member.first_seen_at)),
            ("Last seen", moment(self.member.last_seen_at)),
            ("Observations", f"{self.member.seen:,}"),
            ("Corrections", f"{self.member.corrections.count():,}"),
        ]


class MergePages(Window):
    """Mixed into the admin of members."""

    actions = ("merge_selected",)

    def has_merge_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Those who may see members and have the permission."""
        return self.has_view_permission(request) and request.user.has_perm("clubs.merge_member")

    @action(description="Merge members that are one person", permissions=["merge"])
    def merge_selected(self, request: HttpRequest, queryset: QuerySet[Member]) -> HttpResponse:
        """Of the list: ask first, then merge."""
        posted = request.POST.getlist(ACTION_CHECKBOX_NAME)
        chosen = Member.objects.filter(pk__in=[int(pk) for pk in posted if pk.isdecimal() and len(pk) < 19])
        members = list(
            chosen.select_related("guild", "latest").prefetch_related("aliases").annotate(seen=Count("metrics"))
            .order_by("-seen", "pk")[: MOST + 1]
        )  # fmt: skip
        back = self._back(request, members)
        if wrong := _wrong(members):
            return refused(self, request, wrong, back)
        keep = next((member for member in members if str(member.pk) == request.POST.get("keep")), None)
        if request.POST.get("post") and keep:
            return self._merge(request, keep, [member for member in members if member != keep])
        return self._ask_which(request, members, back)

    def _ask_which(self, request: HttpRequest, members: Sequence[Member], back: str) -> HttpResponse:
        context = {
            "candidates": [Candidate(member) for member in members],
            "guild": members[0].guild,
            "same_moments": _same_moments(members),
            "unanswered": bool(request.POST.get("post")),
            "target": reverse(_LIST),
            "back": back,
        }
        return page(self, request, "member/merge", f"Merge {len(members)} members", **context)

    def _merge(self, request: HttpRequest, keep: Member, gone: list[Member]) -> HttpResponse:
        names = ", ".join(f"{member} ({member.member_key})" for member in gone)
        there = reverse("admin:clubs_member_change", args=[keep.pk])
        try:
            with tx():
                for member in gone:
                    merge(keep, member, user_of(request))
                self.log_change(request, keep, f"Merged into this member: {names}.")
        except SlimyError as error:
            return refused(self, request, error, self._back(request, [keep]))
        return told(self, request, f"{names} became {keep}, history and corrections included.", there)

    def _back(self, request: HttpRequest, members: Sequence[Member]) -> str:
        guilds = {member.guild_id for member in members}
        query = f"?guild__id__exact={guilds.pop()}" if len(guilds) == 1 else ""
        return f"{reverse(_LIST)}{query}"


def _wrong(members: Sequence[Member]) -> str:
    """Why these can't be merged; "" when they can."""
    if len(members) < 2:
        return "Choose at least two members to merge."
    if len(members) > MOST:
        return f"At most {MOST} members can be merged at once."
    if len({member.guild_id for member in members}) > 1:
        return "Only members of one guild can be merged."
    return ""


def _same_moments(members: Sequence[Member]) -> int:
    """Moments at which more than one of them was seen: as two rows of one scan, so perhaps they are two people."""
    moments = Metric.objects.filter(member__in=members).values("observed_at").annotate(rows=Count("pk"))
    return int(moments.filter(rows__gt=1).count())
