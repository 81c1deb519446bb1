"""The report as a page and as CSV."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_date

from slimy.audit.report import BY, LONGEST, report
from slimy.sql import Row

if TYPE_CHECKING:
    from slimy.admin.window import Window

USUAL = 7  # days
COUNTS = ("events", "refused", "failed", "actors")
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would run (OWASP, CSV injection)


@dataclass(frozen=True)
class Wish:
    """What was asked for; nonsense is the same as nothing."""

    first: date
    last: date
    by: tuple[str, ...]

    @classmethod
    def of(cls, request: HttpRequest) -> Wish:
        """`?from=&to=&by=action&by=day`: by default the actions of the last week; a year at most."""
        today = timezone.now().date()
        last = min(_day(request.GET.get("to", "")) or today, today)
        first = min(_day(request.GET.get("from", "")) or last - timedelta(days=USUAL - 1), last)
        by = tuple(name for name in BY if name in request.GET.getlist("by"))
        return cls(max(first, last - LONGEST), last, by or ("action",))


def report_page(page: Window, request: HttpRequest) -> HttpResponse:
    """For those who may see events."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    wish = Wish.of(request)
    try:
        rows = report(wish.first, wish.last, wish.by)
    except OperationalError:
        messages.error(request, "PostgreSQL took too long. Choose fewer days.")
        rows = []
    if request.GET.get("format") == "csv":
        return _csv(wish, rows)
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": "Report",
        "wish": wish,
        "choices": list(BY),
        "heads": COUNTS,
        "rows": [([row[name] for name in wish.by], [row[name] for name in COUNTS]) for row in rows],
        "total": sum(row["events"] for row in rows),
        "csv": _with_format(request),
    }
    return TemplateResponse(request, "admin/audit/event/report.html", context)


def _csv(wish: Wish, rows: list[Row]) -> HttpResponse:
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([*wish.by, *COUNTS])
    writer.writerows([[_cell(row[name]) for name in (*wish.by, *COUNTS)] for row in rows])
    name = f"audit-{wish.first}-{wish.last}-by-{'-'.join(wish.by)}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS) else value


def _with_format(request: HttpRequest) -> str:
    wanted: Any = request.GET.copy()
    wanted["format"] = "csv"
    return f"?{wanted.urlencode()}"


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
