"""What of a club can be taken away as a file: its standings, or all that was ever observed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from clubs.board import standings
from clubs.history import everything
from clubs.queries import HISTORY, INCLUDE
from clubs.sheets import Table
from slimy.exceptions import InvalidInput

MOST_XLSX_ROWS = 20_000  # a workbook is made whole before any of it is sent

_STANDINGS = (
    "Member key",
    "Name",
    "Sim power",
    "Sim previous",
    "Sim change %",
    "Total power",
    "Total previous",
    "Total change %",
    "First seen (UTC)",
    "Last seen (UTC)",
    "Left (UTC)",
)
_HISTORY = ("Member key", "Name", "Observed (UTC)", "Sim power", "Sim corrected", "Total power", "Total corrected")


def table(guild_id: str, what: str, sort: str, left: str) -> Table:
    """The table asked for. Standings are read now; history while its rows are taken."""
    if what == HISTORY:
        return Table("History", _HISTORY, _history(guild_id))
    rows = standings(guild_id, sort, with_left=left == INCLUDE)
    return Table("Standings", _STANDINGS, [_standing(row) for row in rows])


def bounded(whole: Table) -> Table:
    """The table with all its rows read. Raises InvalidInput when they are too many for a workbook."""
    rows = list(islice(whole.rows, MOST_XLSX_ROWS + 1))
    if len(rows) > MOST_XLSX_ROWS:
        raise InvalidInput(details={"what": [f"More than {MOST_XLSX_ROWS} rows: export.csv has them all."]})
    return Table(whole.title, whole.heads, rows)


def _standing(row: Any) -> tuple[Any, ...]:
    return (
        row.member.member_key,
        row.member.display_name,
        row.sim_power,
        row.sim_previous,
        row.sim_change,
        row.total_power,
        row.total_previous,
        row.total_change,
        row.member.first_seen_at,
        row.last_seen_at,
        row.left_at,
    )


def _history(guild_id: str) -> Iterator[tuple[Any, ...]]:
    for member, row in everything(guild_id):
        yield (
            member.member_key,
            member.display_name,
            row.observed_at,
            row.sim_power,
            row.sim_corrected if row.sim_power is not None else None,
            row.total_power,
            row.total_corrected if row.total_power is not None else None,
        )
