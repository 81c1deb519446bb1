"""How staff narrow the trail down."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter, RadioFilter

from slimy.admin.filters import DaysFilter
from slimy.audit.models import Event
from slimy.sql import query

OUTCOMES = ("success", "accepted", "refused", "failed")
SHOWN = 200  # actions to choose from
SKEW = 3_600_000  # milliseconds between an id and the time of its event, at most

# Jumps from one action to the next along the index, however many events there are of each.
_ACTIONS = """
WITH RECURSIVE found AS (
  (SELECT action, 1 AS n FROM slimy_audit_event ORDER BY action LIMIT 1)
  UNION ALL
  SELECT (SELECT action FROM slimy_audit_event e WHERE e.action > found.action ORDER BY action LIMIT 1), n + 1
    FROM found WHERE found.action IS NOT NULL AND n < %(limit)s)
SELECT action FROM found WHERE action IS NOT NULL"""


class ActionFilter(DropdownFilter):
    """By action, of those that ever happened."""

    title = parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All actions, by name."""
        return [(row["action"], row["action"]) for row in query(_ACTIONS, {"limit": SHOWN})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        """The events of the chosen action."""
        return queryset.filter(action=self.value()) if self.value() else queryset


class OutcomeFilter(RadioFilter):
    """By outcome."""

    title = parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The usual ones."""
        return [(name, name.capitalize()) for name in OUTCOMES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        """The events with the chosen outcome."""
        return queryset.filter(outcome=self.value()) if self.value() else queryset


class AtFilter(DaysFilter):
    """By day, also by way of the ids, in whose order the list is read."""

    def since(self, queryset: QuerySet[Event], moment: datetime) -> QuerySet[Event]:
        """The events from `moment` on."""
        return super().since(queryset, moment).filter(id__gte=_id_at(moment, -SKEW))

    def until(self, queryset: QuerySet[Event], moment: datetime) -> QuerySet[Event]:
        """The events up to `moment`."""
        return super().until(queryset, moment).filter(id__lte=_id_at(moment, SKEW))


def _id_at(moment: datetime, offset: int) -> UUID:
    milliseconds = int(moment.timestamp() * 1000) + offset
    return UUID(int=max(0, milliseconds) << 80)
