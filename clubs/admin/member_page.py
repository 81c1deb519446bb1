"""What the page of one member shows: facts, names, charts, history with what staff corrected in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from clubs.admin.cells import change, exact, left, standing
from clubs.charts import member_charts
from clubs.choices import MetricName
from clubs.models import Correction, Latest, Member, Metric, Observation
from slimy.admin.window import link, moment

SHOWN = 60  # moments of history
ORDER = (MetricName.TOTAL, MetricName.SIM)


@dataclass
class Past:
    """One moment of history: what was read, and what counts instead where staff corrected it."""

    at: datetime
    metric: Metric | None = None
    counts: dict[str, Observation] = field(default_factory=dict)

    @property
    def when(self) -> str:
        """The time."""
        return moment(self.at)

    @property
    def cells(self) -> list[dict[str, Any]]:
        """Total and sim: what counts, and what was read where that is something else."""
        return [self._cell(name) for name in ORDER]

    def _cell(self, name: MetricName) -> dict[str, Any]:
        counting = self.counts.get(name)
        read: int | None = getattr(self.metric, f"{name}_power", None)
        corrected = bool(counting and counting.corrected)
        return {
            "shown": exact(counting.value if counting else None),
            "corrected": corrected,
            "read": exact(read) if corrected and read is not None else "",
        }


def member_page(member: Member, request: HttpRequest) -> dict[str, Any]:
    """What the template needs."""
    user = request.user
    return {
        "groups": _facts(member, request),
        "aliases": member.aliases.order_by("alias_key") if user.has_perm("clubs.view_memberalias") else None,
        "may_add_alias": user.has_perm("clubs.add_memberalias"),
        "may_delete_alias": user.has_perm("clubs.delete_memberalias"),
        "charts": member_charts(member.pk),
        "history": _history(member),
        "shown": SHOWN,
        "corrections": _corrections(member) if user.has_perm("clubs.view_correction") else None,
        "may_correct": user.has_perm("clubs.add_correction"),
        "may_remove": user.has_perm("clubs.delete_correction"),
        "may_see_scans": user.has_perm("clubs.view_scan"),
    }


def _facts(member: Member, request: HttpRequest) -> list[list[tuple[str, Any]]]:
    found = standing(member)
    about = [
        ("Guild", link(request, member.guild)),
        ("Key", member.member_key),
        ("First seen", moment(member.first_seen_at)),
        ("Last seen", moment(member.last_seen_at)),
        ("Membership", left(found.left_at) if found and found.left_at else "in the club"),
    ]
    return [about, *(_standing(found, name) for name in ORDER if found)]


def _standing(found: Latest, name: MetricName) -> list[tuple[str, Any]]:
    return [
        (name.label, exact(getattr(found, f"{name}_power"))),
        ("Observed", moment(getattr(found, f"{name}_observed_at"))),
        ("A week before", exact(getattr(found, f"{name}_previous"))),
        ("Change", change(getattr(found, f"{name}_change"))),
    ]


def _history(member: Member) -> list[Past]:
    """The newest moments, newest first: of metrics, and of corrections that no metric belongs to."""
    past: dict[datetime, Past] = {}
    newest = Observation.objects.filter(member=member).order_by("-observed_at")[: 2 * SHOWN]
    for observation in newest:
        moment_of = past.setdefault(observation.observed_at, Past(observation.observed_at))
        moment_of.counts[observation.metric] = observation
    for metric in member.metrics.filter(observed_at__in=list(past)):
        past[metric.observed_at].metric = metric
    return list(past.values())[:SHOWN]


def _corrections(member: Member) -> list[tuple[Correction, Any]]:
    corrections = member.corrections.select_related("author", "removed_by").order_by("-week", "-id")
    return [(correction, exact(correction.value)) for correction in corrections]
