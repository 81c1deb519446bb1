"""The list of jobs: pages that begin behind a job instead of being numbered, tabs with counts, a limit of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import OperationalError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from slimy.admin.paginator import BoundedChangeList, BoundedPaginator
from slimy.ids import parse_id
from slimy.jobs.admin.counting import Amount, Amounts, amounts, amounts_in, amounts_of, estimate
from slimy.jobs.admin.figures import queues
from slimy.jobs.models import Job, Status
from slimy.sql import query, tx

PATIENCE = "2s"
CANCELLED_BY_TIMEOUT = "57014"
TOO_LONG = "PostgreSQL had no answer within 2 seconds. Narrow the list down: a queue, a state, a type or days."
ALONE = {"status", "queue"}  # filters whose combinations the tabs count


@dataclass(frozen=True)
class Tab:
    """One of the choices above the list."""

    title: str
    url: str
    chosen: bool
    amount: Amount | None


class KeysetPaginator(BoundedPaginator):
    """Shown as "newer" and "older"."""

    template_name = "admin/jobs/job/pages.html"


class JobChangeList(BoundedChangeList):
    """Newest first. `?before=<id>` are the jobs accepted before that one, `?after=<id>` those accepted after it."""

    _narrowed = False  # by filters that the tabs don't count by themselves

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        kept: Any = request.GET.copy()
        self.before, self.after = (parse_id(kept.pop(name, [""])[-1]) for name in ("before", "after"))
        request.GET = kept  # links and filters begin at the top again
        super().__init__(request, *args, **kwargs)
        state = {"delayed": "queued"}.get(self.params.get("status", ""), self.params.get("status"))
        self.mass_actions = [action.name for action in self.model_admin.mass_actions(request) if action.of == state]

    def get_results(self, request: HttpRequest) -> None:
        """One page, whatever the size of the table; none when the search takes too long."""
        self.paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        self.show_full_result_count, self.can_show_all, self.show_admin_actions = False, False, True
        try:
            with tx():
                query(f"SET LOCAL statement_timeout = '{PATIENCE}'")
                self.result_list, self.newer, self.older = self._page()
                self.kinds = self._count(request)
                query("SET LOCAL statement_timeout = DEFAULT")
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != CANCELLED_BY_TIMEOUT:
                raise
            messages.error(request, TOO_LONG)
            self.result_list, self.newer, self.older, self.kinds = [], "", "", {}
        self.multi_page = False  # there are no numbers of pages
        self.result_count = self.full_result_count = len(self.result_list)

    def _count(self, request: HttpRequest) -> Amounts:
        """How many jobs of each queue and state the other filters let through."""
        if not {name for name, value in self.params.items() if value and name not in ALONE} and not self.query:
            return amounts()
        self._narrowed = True
        if not (self.params.get("status") or self.newer or self.older):
            return amounts_in(self.result_list)
        return amounts_of(self.get_queryset(request, exclude_parameters=["status"]))

    def _page(self) -> tuple[list[Job], str, str]:
        """The jobs of this page, and the query strings of those beside it ("" when there is none)."""
        rows: QuerySet[Job] = self.queryset
        size = self.list_per_page
        if self.after:
            found = list(rows.filter(pk__gt=self.after).order_by("pk")[: size + 1])
            page, newer, older = found[:size][::-1], len(found) > size, True
        else:
            limited = rows.filter(pk__lt=self.before) if self.before else rows
            found = list(limited.order_by("-pk")[: size + 1])
            page, newer, older = found[:size], self.before is not None, len(found) > size
        if not page:
            return [], "", ""
        after, before = {"after": str(page[0].pk)}, {"before": str(page[-1].pk)}
        return page, self.get_query_string(after) if newer else "", self.get_query_string(before) if older else ""

    @property
    def newest(self) -> str:
        """The query string of the first page."""
        return self.get_query_string() if self.before or self.after else ""

    @cached_property
    def total(self) -> str:
        """How many jobs there are in all, in words: "42 jobs", "about 1,200,000 jobs"."""
        if not (self.newer or self.older):
            amount = Amount(len(self.result_list))
        else:
            counted = None if self._narrowed else self._sum(self.params.get("queue", ""), self.params.get("status", ""))
            amount = counted or estimate(self.queryset)
        return f"{'' if amount.exact else 'about '}{amount.jobs:,} job{'' if amount.jobs == 1 else 's'}"

    @cached_property
    def state_tabs(self) -> list[Tab]:
        """All, and each state, in the chosen queue."""
        chosen = self.params.get("status", "")
        states = [("", "All"), *((status.value, status.label) for status in Status)]
        states.insert(2, ("delayed", "Delayed"))
        return [self._tab("status", name, title, chosen, self._of_state(name)) for name, title in states]

    @cached_property
    def queue_tabs(self) -> list[Tab]:
        """All queues, and each, in the chosen state."""
        chosen = self.params.get("queue", "")
        return [
            self._tab("queue", name, name or "All queues", chosen, self._of_queue(name)) for name in ("", *queues())
        ]

    def _tab(self, filter: str, name: str, title: str, chosen: str, amount: Amount | None) -> Tab:
        url = self.get_query_string({filter: name}) if name else self.get_query_string(remove=[filter])
        return Tab(title, url, name == chosen, amount)

    def _of_state(self, state: str) -> Amount | None:
        return self._sum(self.params.get("queue", ""), state)

    def _of_queue(self, queue: str) -> Amount | None:
        return self._sum(queue, self.params.get("status", ""))

    def _sum(self, queue: str, state: str) -> Amount | None:
        chosen = self.params.get("queue", "")
        if not self.kinds or (self._narrowed and chosen not in ("", queue)):
            return None
        parts = [amount for (q, s), amount in self.kinds.items() if queue in ("", q) and state in ("", s)]
        return sum(parts, Amount(0))
