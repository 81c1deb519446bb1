"""What the home page shows of clubs: the trend of the week."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from clubs.shorten import shortened
from slimy.admin.panels import Cell, Content, Table, panel
from slimy.sql import query

SHOWN = 8  # clubs, the strongest first

# Of the change, only those whose power a week ago is known count, on both sides.
_WEEK = """
SELECT g.id, g.name, c.* FROM (
  SELECT guild_id, count(*) AS members, sum(total_power) AS total,
         sum(total_power) FILTER (WHERE total_previous IS NOT NULL) AS now, sum(total_previous) AS before,
         sum(sim_power) AS sim, max(last_seen_at) AS seen, count(*) FILTER (WHERE total_change > 0) AS rising,
         count(*) FILTER (WHERE total_change < 0) AS falling
    FROM clubs_latest WHERE left_at IS NULL GROUP BY guild_id ORDER BY total DESC NULLS LAST LIMIT %(shown)s) c
  JOIN guilds_guild g ON g.id = c.guild_id ORDER BY c.total DESC NULLS LAST, g.id"""


@panel("clubs", "Clubs, the trend of the week", "clubs.view_member", width="full", keep=30.0)
def clubs_panel() -> Content:
    """The strongest clubs: what they have together, and how that changed in a week."""
    rows = [_club(row) for row in query(_WEEK, {"shown": SHOWN})]
    heads = ["Club", "Members", "Total power", "In a week", "Rising", "Falling", "Sim power", "Last seen"]
    more = Cell("All clubs", reverse("admin:clubs_club_changelist"))
    return Content(table=Table(heads, rows, "No club was scanned yet."), more=more)


def _club(row: dict[str, Any]) -> list[Cell]:
    members = f"{reverse('admin:clubs_member_changelist')}?guild__id__exact={row['id']}"
    page = reverse("admin:clubs_club_change", args=[row["id"]])
    return [
        Cell(row["name"] or row["id"], page, title=row["id"]),
        Cell(f"{row['members']:,}", members),
        _power(row["total"], page),
        _change(row["now"], row["before"], page),
        Cell(f"{row['rising']:,}", page, "good" if row["rising"] else "quiet"),
        Cell(f"{row['falling']:,}", page, "bad" if row["falling"] else "quiet"),
        _power(row["sim"], page),
        Cell(f"{row['seen']:%Y-%m-%d %H:%M}"),
    ]


def _power(value: Any, url: str) -> Cell:
    return Cell("-") if value is None else Cell(shortened(int(value)), url, title=f"{int(value):,}")


def _change(now: Any, before: Any, url: str) -> Cell:
    if not before:
        return Cell("-", "", "quiet")
    percent = 100 * (float(now) / float(before) - 1)
    tone = "good" if percent > 0 else "bad" if percent < 0 else "quiet"
    return Cell(f"{percent:+.2f} %", url, tone)
