"""Filters that lists of several apps share."""

from datetime import date, datetime, time
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.utils import parse_date_str


class DaysFilter(RangeDateFilter):
    """From one day to another, both of them included. A day that can't be read doesn't count."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of those days."""
        first, last = self.day("from"), self.day("to")
        if first:
            queryset = self.since(queryset, _moment(first, time.min))
        if last:
            queryset = self.until(queryset, _moment(last, time.max))
        return queryset

    def day(self, end: str) -> date | None:
        """The day in the query string, None when there is none."""
        written = self.used_parameters.get(f"{self.parameter_name}_{end}")
        return parse_date_str(written) if isinstance(written, str) else None

    def since(self, queryset: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
        """The rows from `moment` on."""
        return queryset.filter(**{f"{self.parameter_name}__gte": moment})

    def until(self, queryset: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
        """The rows up to `moment`."""
        return queryset.filter(**{f"{self.parameter_name}__lte": moment})


def _moment(day: date, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))
