"""Lists without numbered pages: each begins behind a row, so the last costs no more than the first."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import OperationalError
from django.db.models import QuerySet
from django.http import HttpRequest

from slimy.admin.paginator import BoundedChangeList, BoundedPaginator
from slimy.ids import parse_id
from slimy.sql import query, tx

PATIENCE = "3s"
TOO_LONG = "PostgreSQL had no answer within 3 seconds. Narrow the list down, or look for an exact value."
_CANCELLED = "57014"


class KeysetPaginator(BoundedPaginator):
    """Shown as "newer" and "older"."""

    template_name = "slimy/keyset.html"


class KeysetChangeList(BoundedChangeList):
    """Newest first, by ids in the order of time; `?before=<id>` and `?after=<id>` are the rows beside that one."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        kept: Any = request.GET.copy()
        self.before, self.after = (parse_id(kept.pop(name, [""])[-1]) for name in ("before", "after"))
        request.GET = kept  # links and filters begin at the top again
        self.newer = self.older = ""
        super().__init__(request, *args, **kwargs)

    def get_results(self, request: HttpRequest) -> None:
        """One page; none when it takes too long to find."""
        self.paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        self.show_full_result_count = self.can_show_all = self.multi_page = self.show_admin_actions = False
        try:
            with tx():
                query("SELECT set_config('statement_timeout', %s, true)", [PATIENCE])
                self.result_list = self._page()
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != _CANCELLED:
                raise
            messages.error(request, TOO_LONG)
            self.result_list = []
        self.result_count = self.full_result_count = len(self.result_list)

    def _page(self) -> list[Any]:
        rows: QuerySet[Any] = self.queryset
        size = self.list_per_page
        if self.after:
            found = list(rows.filter(pk__gt=self.after).order_by("pk")[: size + 1])
            page, newer, older = found[:size][::-1], len(found) > size, True
        else:
            found = list((rows.filter(pk__lt=self.before) if self.before else rows).order_by("-pk")[: size + 1])
            page, newer, older = found[:size], self.before is not None, len(found) > size
        if page:
            self.newer = self.get_query_string({"after": str(page[0].pk)}) if newer else ""
            self.older = self.get_query_string({"before": str(page[-1].pk)}) if older else ""
        return page
