"""What the page of a club shows: figures, charts, who moved, where everybody stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from clubs import board
from clubs.admin.cells import change, exact, sparkline
from clubs.charts import club_charts, trends
from clubs.choices import MetricName
from clubs.club import Club
from clubs.figures import aggregates
from clubs.models import Latest, Scan
from slimy.admin.window import moment

SHOWN = 500  # standings
MOVERS = 5  # of each kind
WEEK = timedelta(days=7)
NOTHING = Decimal(0)  # percent that a mover moved at least
COLUMNS = {  # by which standings can be sorted
    "name": F("member__display_name"),
    "total": F("total_power"),
    "total-change": F("total_change"),
    "sim": F("sim_power"),
    "sim-change": F("sim_change"),
    "seen": F("last_seen_at"),
}
HEADS = {
    "name": "Member",
    "total": "Total",
    "total-change": "In a week",
    "sim": "Sim",
    "sim-change": "In a week",
    "seen": "Last seen",
}


@dataclass(frozen=True)
class Head:
    """The head of a column: where a click on it leads, and how it is sorted now."""

    name: str
    query: str
    sorted: str  # "ascending", "descending" or ""
    number: bool


def club_page(club: Club, request: HttpRequest) -> dict[str, Any]:
    """What the template needs, for those who may see members."""
    now = timezone.now()
    sort = request.GET.get("sort", "")
    standings = _sorted(Latest.objects.filter(guild=club.pk, left_at=None), sort)
    found = trends([standing.pk for standing in standings], now)
    return {
        "groups": _facts(club),
        "charts": club_charts(club.pk, now),
        "movers": _movers(club),
        "heads": [_head(name, sort) for name in COLUMNS],
        "standings": [(standing, _cells(standing), sparkline(found.get(standing.pk))) for standing in standings],
        "shown": SHOWN,
    }


def _sorted(standings: QuerySet[Latest], sort: str) -> list[Latest]:
    """The strongest first unless `sort` says otherwise: a column, with "-" before it for the largest first."""
    column = COLUMNS.get(sort.removeprefix("-"))
    if column is None:
        column, sort = COLUMNS["total"], "-total"
    order = column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True)
    return list(standings.select_related("member").order_by(order, "pk")[:SHOWN])


def _cells(standing: Latest) -> list[Any]:
    return [
        exact(standing.total_power),
        change(standing.total_change),
        exact(standing.sim_power),
        change(standing.sim_change),
    ]


def _head(name: str, sort: str) -> Head:
    sort = sort if sort.removeprefix("-") in COLUMNS else "-total"
    now = {name: "ascending", f"-{name}": "descending"}.get(sort, "")
    first = name if name == "name" else f"-{name}"
    other = name if first != name else f"-{name}"
    return Head(HEADS[name], f"?sort={other if sort == first else first}", now, number=name not in ("name", "seen"))


def _facts(club: Club) -> list[list[tuple[str, Any]]]:
    figures = aggregates(club.pk)
    scans = Scan.objects.filter(guild=club.pk).order_by("-observed_at")
    newest = scans.values_list("observed_at", flat=True).first()
    about = [
        ("Guild", club.name),
        ("Members", str(figures["members"])),
        ("Left", str(Latest.objects.filter(guild=club.pk).exclude(left_at=None).count())),
        ("Last scan", moment(newest)),
    ]
    total = _figures(MetricName.TOTAL, figures["totalPower"], figures["membersWithTotals"])
    return [about, total, _figures(MetricName.SIM, figures["simPower"], figures["membersWithSim"])]


def _figures(metric: MetricName, figures: dict[str, Any], known: int) -> list[tuple[str, Any]]:
    whole = {name: None if value is None else round(value) for name, value in figures.items()}
    return [
        (f"{metric.label} together", exact(whole["sum"])),
        ("In a week", change(figures["changePercent"])),
        ("Average", exact(whole["average"])),
        ("Median", exact(whole["median"])),
        ("Known of", f"{known} members"),
    ]


def _movers(club: Club) -> list[tuple[str, list[tuple[Latest, Any]]]]:
    """Who gained and lost most in a week, who joined and who left in the week before the newest observation."""
    since = (board.as_of(club.pk) or timezone.now()) - WEEK
    lists: tuple[tuple[str, Any, Callable[[Latest], Any]], ...] = (
        ("Gained most", board.gainers(club.pk, MetricName.TOTAL, NOTHING), lambda one: change(one.total_change)),
        ("Lost most", board.losers(club.pk, MetricName.TOTAL, NOTHING), lambda one: change(one.total_change)),
        ("Joined", board.joined(club.pk, since), lambda one: moment(one.member.first_seen_at)),
        ("Left", board.left(club.pk, since), lambda one: moment(one.left_at)),
    )
    return [(title, [(one, said(one)) for one in rows[:MOVERS]]) for title, rows, said in lists]
