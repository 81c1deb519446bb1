"""How staff narrow the list of jobs down."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.admin import SimpleListFilter
from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter, RadioFilter

from slimy.admin.filters import DaysFilter
from slimy.jobs import registry
from slimy.jobs.models import TERMINAL, Job, Status

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
        delayed = Q(status=Status.QUEUED, available_at__gt=F("created_at")) & Q(available_at__gt=timezone.now())
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


class LinkedFilter(SimpleListFilter):
    """A filter that figures elsewhere link to: it is shown while it is in use, so that it can be taken away."""

    template = "admin/filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """What is in use."""
        return [(self.value() or "", self.name())] if self.value() else []

    def name(self) -> str:
        """The value for people."""
        return self.value() or ""


class CodeFilter(LinkedFilter):
    """By the code of the last error, of jobs that failed."""

    title = "code of the failure"
    parameter_name = "code"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        """The failed jobs with the code."""
        if not self.value():
            return queryset
        code = Coalesce(
            KeyTextTransform("code", KeyTransform("-1", "errors")), Value("internal_error"), output_field=TextField()
        )
        return queryset.alias(code=code).filter(status=Status.FAILED, code=self.value())


class WorkerFilter(LinkedFilter):
    """By the worker that is busy with it."""

    title = parameter_name = "worker"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        """What the worker is doing now."""
        return queryset.filter(status=Status.ACTIVE, claimed_by=self.value()) if self.value() else queryset


class FinishedFilter(LinkedFilter):
    """By when it ended: "from-to" in seconds since 1970, the end left out."""

    title = "time of finishing"
    parameter_name = "finished"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        """The jobs that ended in that time; none when it isn't one."""
        if not self.value():
            return queryset
        span = self._span()
        if span is None:
            return queryset.none()
        kinds = {"queue__in": list(settings.QUEUES), "status__in": TERMINAL}  # so that an index serves
        return queryset.filter(**kinds, finished_at__gte=span[0], finished_at__lt=span[1])

    def name(self) -> str:
        """From when to when."""
        span = self._span()
        local = [timezone.localtime(at) for at in span or ()]
        return f"{local[0]:%Y-%m-%d %H:%M:%S} – {local[1]:%H:%M:%S}" if local else "not a time"

    def _span(self) -> tuple[datetime, datetime] | None:
        found = re.fullmatch(r"([0-9]{1,10})-([0-9]{1,10})", self.value() or "")
        return (_at(found[1]), _at(found[2])) if found else None


def _at(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


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
