"""How staff narrow the list of jobs down."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter, RadioFilter

from slimy.admin.filters import DaysFilter
from slimy.jobs import registry
from slimy.jobs.models import Job, Status

SKEW = 3_600_000  # milliseconds that the clocks of the database and of what makes ids may differ


class StatusFilter(RadioFilter):
    """By status as the API says it, with the retries that wait for their time apart."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All states, and "delayed" after "queued"."""
        states = [(status.value, status.label) for status in Status]
        return [states[0], ("delayed", "Delayed"), *states[1:]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        """The jobs in the chosen state."""
        delayed = Q(status=Status.QUEUED, attempts__gt=0, available_at__gt=timezone.now())
        if self.value() == "delayed":
            return queryset.filter(delayed)
        if self.value() == Status.QUEUED:
            return queryset.filter(~delayed, status=Status.QUEUED)
        return queryset.filter(status=self.value()) if self.value() else queryset


class QueueFilter(RadioFilter):
    """By queue."""

    title = parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The queues of the settings."""
        return [(name, name) for name in settings.QUEUES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        """The jobs of the chosen queue."""
        return queryset.filter(queue=self.value()) if self.value() else queryset


class TypeFilter(DropdownFilter):
    """By type, of those that are registered."""

    title = parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All types of jobs."""
        return [(name, name) for name in registry.names()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        """The jobs of the chosen type."""
        return queryset.filter(type=self.value()) if self.value() else queryset


class AcceptedFilter(DaysFilter):
    """By the days of acceptance, by way of the ids, which are indexed and start with the time (UUIDv7)."""

    def since(self, queryset: QuerySet[Job], moment: datetime) -> QuerySet[Job]:
        """The jobs accepted from `moment` on."""
        return super().since(queryset, moment).filter(id__gte=_id_at(moment, -SKEW))

    def until(self, queryset: QuerySet[Job], moment: datetime) -> QuerySet[Job]:
        """The jobs accepted up to `moment`."""
        return super().until(queryset, moment).filter(id__lte=_id_at(moment, SKEW))


def _id_at(moment: datetime, offset: int) -> UUID:
    milliseconds = int(moment.timestamp() * 1000) + offset
    return UUID(int=max(0, milliseconds) << 80)
