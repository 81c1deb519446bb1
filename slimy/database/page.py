"""The page "Database" of the admin, for staff who may see jobs: nobody else has use for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse

from slimy.admin.window import moment
from slimy.database import figures
from slimy.database.figures import Section
from slimy.sql import Row

PERMISSION = "jobs.view_job"
MUCH_DEAD = 20  # percent
UNUSED = 10 * 1024 * 1024  # bytes of an index that nobody uses, from which on it is worth a word

Table = dict[str, Any]


def database_page(request: HttpRequest) -> HttpResponse:
    """All sections; one that PostgreSQL doesn't answer says so in its place."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    server = figures.server()
    context = {
        **admin.site.each_context(request),
        "title": "Database",
        "facts": _facts(server.rows[0]) if server.rows else [],
        "problem": server.problem,
        "tables": [_running(), _sessions(), _tables(), _indexes(), _statements()],
    }
    return TemplateResponse(request, "admin/database/page.html", context, headers={"Cache-Control": "no-store"})


def _facts(row: Row) -> list[list[tuple[str, Any]]]:
    hits = "-" if row["cache_hits"] is None else f"{row['cache_hits']} %"
    return [
        [("PostgreSQL", row["version"]), ("Started", moment(row["since"])), ("Size", size(row["size"]))],
        [
            ("Connections", f"{row['used']} of {row['most']}"),
            ("Read from memory", hits),
            ("Temporary files", size(row["temp_bytes"])),
        ],
        [
            ("Commits", f"{row['commits']:,}"),
            ("Rollbacks", f"{row['rollbacks']:,}"),
            ("Deadlocks", f"{row['deadlocks']:,}"),
        ],
    ]


def _table(title: str, section: Section, heads: list[str], rows: list[list[Any]], *, empty: str = "") -> Table:
    """`heads` of numbers begin with "#"."""
    named = [(head.removeprefix("#"), head.startswith("#")) for head in heads]
    cells = [list(zip(row, (number for _, number in named), strict=True)) for row in rows]
    return {"title": title, "heads": named, "rows": cells, "empty": section.problem or empty}


def _running() -> Table:
    found = figures.running()
    heads = ["#Process", "Application", "#Runs for", "#Transaction", "Waits for", "Blocked by", "Statement"]
    rows = [
        [
            row["pid"],
            row["application"],
            span(row["runs"]),
            span(row["transaction"]),
            row["waits"],
            row["blocked_by"],
            row["query"],
        ]
        for row in found.rows
    ]
    return _table("Longest running statements", found, heads, rows, empty="Nothing is running but this page.")


def _sessions() -> Table:
    found = figures.sessions()
    rows = [[row["application"], row["state"], row["count"], span(row["longest_transaction"])] for row in found.rows]
    return _table("Connections", found, ["Application", "State", "#Connections", "#Longest transaction"], rows)


def _tables() -> Table:
    found = figures.tables()
    heads = [
        "Table",
        "#Size",
        "#Indexes",
        "#Rows",
        "#Dead rows",
        "#Index scans",
        "#Whole scans",
        "Vacuumed",
        "Analysed",
    ]
    rows = [
        [
            row["name"],
            size(row["total"]),
            size(row["indexes"]),
            f"{row['live']:,}",
            dead(row),
            f"{row['idx_scan']:,}",
            f"{row['seq_scan']:,}",
            moment(row["vacuumed"]),
            moment(row["analyzed"]),
        ]
        for row in found.rows
    ]
    return _table("Tables", found, heads, rows)


def _indexes() -> Table:
    found = figures.indexes()
    heads = ["Index", "Table", "#Size", "#Scans", "Last used", "Remark"]
    rows = [
        [row["name"], row["table"], size(row["size"]), f"{row['scans']:,}", moment(row["last_used"]), remark(row)]
        for row in found.rows
    ]
    return _table("Indexes", found, heads, rows)


def _statements() -> Table:
    found = figures.statements()
    heads = ["Statement", "#Calls", "#Total ms", "#Mean ms", "#Longest ms", "#Rows"]
    rows = [
        [
            row["query"],
            f"{row['calls']:,}",
            *(f"{row[name]:,.1f}" for name in ("total_ms", "mean_ms", "max_ms")),
            f"{row['rows']:,}",
        ]
        for row in found.rows
    ]
    return _table("Where the time goes", found, heads, rows, empty="Nothing counted yet.")


def size(count: int | None) -> str:
    """Bytes for people."""
    return filesizeformat(count or 0).replace("\xa0", " ")


def span(time: timedelta | None) -> str:
    """A time span for people: 0.25 s, 75 s, 2:10:00."""
    if time is None:
        return "-"
    seconds = max(0.0, time.total_seconds())
    if seconds < 10:
        return f"{seconds:.2f} s"
    return f"{seconds:.0f} s" if seconds < 600 else str(timedelta(seconds=round(seconds)))


def dead(row: Row) -> str:
    """How many rows are dead, and whether that is much."""
    share = row["dead_percent"] or 0
    return f"{row['dead']:,} ({share} %{'!' if share > MUCH_DEAD and row['dead'] > 10_000 else ''})"


def remark(row: Row) -> str:
    """What is to be said of an index."""
    if not row["is_valid"]:
        return "invalid: build it anew"
    if row["is_unique"]:
        return "unique"
    return "never used" if not row["scans"] and row["size"] > UNUSED else ""
