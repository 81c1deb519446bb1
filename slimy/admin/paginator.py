"""Pages of tables that are too large to count."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.views import ChangeList

from slimy.sql import one

COUNTED = 10_000  # rows that are counted, and that one can page through: whoever looks for more should filter
_ESTIMATE = "SELECT reltuples::bigint AS rows FROM pg_class WHERE oid = %s::regclass"


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts up to `COUNTED` rows; of a table that is larger and not filtered it knows PostgreSQL's estimate."""

    template_name = "slimy/pagination.html"

    @cached_property
    def count(self) -> int:
        """Rows: exact up to `COUNTED`, else the estimate or `COUNTED` + 1."""
        rows: Any = self.object_list
        if not rows.query.where:
            estimate = one(_ESTIMATE, [rows.query.get_meta().db_table])
            if estimate and estimate["rows"] > COUNTED:
                return int(estimate["rows"])
        return int(rows.order_by()[: COUNTED + 1].count())

    @property
    def counted(self) -> str:
        """The count in words: "42", "about 1,200,000" or "more than 10,000"."""
        if self.count <= COUNTED:
            return f"{self.count:,}"
        return f"more than {COUNTED:,}" if self.count == COUNTED + 1 else f"about {self.count:,}"

    @cached_property
    def num_pages(self) -> int:
        """Pages that can be reached."""
        return max(1, -(-min(self.count, COUNTED) // self.per_page))


class BoundedChangeList(ChangeList):
    """A list that has no total to compare its count with, and that doesn't read its `list_defer`."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        """The rows, filtered and sorted."""
        rows: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        return rows.defer(*self.model_admin.list_defer)

    def get_results(self, request: HttpRequest) -> None:
        """As Django does, but without the "n results (show all)" of a page title."""
        super().get_results(request)
        self.full_result_count = self.result_count
