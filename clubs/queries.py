"""What the reads of a club may be asked with, in a query string."""

import re
from decimal import Decimal
from typing import Any

from rest_framework.exceptions import ValidationError

from clubs.board import BEST_FIRST, SORTS
from clubs.choices import MetricName
from clubs.history import NEWEST_FIRST
from slimy.paging import CursorField
from slimy.wire import ChoiceField, DigitsField, TextField, WireSerializer

MOST_STANDINGS = 500  # also when no limit is asked for: old clients know no cursors, and no club has as many members
_PERCENT = r"1000(\.0{1,2})?|[0-9]{1,3}(\.[0-9]{1,2})?"
EXCLUDE, INCLUDE = "exclude", "include"
STANDINGS, HISTORY = "standings", "history"


class PercentField(TextField):
    """0 to 1000 with at most two decimals, in a query string."""

    pattern = f"^({_PERCENT})$"

    def to_internal_value(self, data: Any) -> Any:
        """The number."""
        text = super().to_internal_value(data)
        if not re.fullmatch(_PERCENT, text):
            raise ValidationError("Must be a number of 0 to 1000 with at most two decimals.", code="percent")
        return Decimal(text)


def _sort() -> ChoiceField:
    return ChoiceField(
        choices=list(SORTS), default="total", help_text="Highest first, names from a to z; what is unknown last."
    )


def _left() -> ChoiceField:
    return ChoiceField(choices=[EXCLUDE, INCLUDE], default=EXCLUDE, help_text="Whether to show members who left.")


class LatestQuery(WireSerializer):
    """Query of `GET …/club/latest`."""

    sort = _sort()
    left = _left()
    limit = DigitsField(
        min_value=1, max_value=MOST_STANDINGS, default=MOST_STANDINGS, help_text="Members of a page at most."
    )
    cursor = CursorField(
        BEST_FIRST, max_length=600, required=False, help_text="`nextCursor` of the page before, of the same sort."
    )


class MoversQuery(WireSerializer):
    """Query of `GET …/club/movers`."""

    metric = ChoiceField(choices=MetricName.values, default=MetricName.TOTAL.value)
    percent = PercentField(default=Decimal(0), help_text="Only changes of more than so many percent.")
    days = DigitsField(min_value=1, max_value=90, default=7, help_text="Who joined or left in so many days.")
    limit = DigitsField(min_value=1, max_value=100, default=20, help_text="Members of each list at most.")


class HistoryQuery(WireSerializer):
    """Query of `GET …/club/members/<key>/history`."""

    limit = DigitsField(min_value=1, max_value=500, default=100, help_text="Observations of a page at most.")
    cursor = CursorField(NEWEST_FIRST, required=False, help_text="`nextCursor` of the page before.")


class ExportQuery(WireSerializer):
    """Query of `GET …/club/export.csv` and `.xlsx`."""

    what = ChoiceField(
        choices=[STANDINGS, HISTORY],
        default=STANDINGS,
        help_text="history: all observations of all members, for roles club and admin.",
    )
    sort = _sort()
    left = _left()
