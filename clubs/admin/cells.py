"""How powers, changes and weeks are shown to people."""

from datetime import datetime
from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString

from clubs.charts import WEEKS, Trend
from clubs.models import Latest, Member
from clubs.shorten import shortened
from slimy.admin.window import moment

_STEP, _HEIGHT, _MARGIN = 12, 24, 3  # pixels of a sparkline


def power(value: int | None) -> tuple[str, str]:
    """A power in short, and in full: ("1.23B", "1,234,567,890")."""
    return (shortened(value), f"{value:,}") if value is not None else ("-", "")


def exact(value: int | None) -> SafeString | str:
    """A power in short with its digits beside it."""
    short, full = power(value)
    return format_html('{} <span class="slimy-exact">{}</span>', short, full) if full else short


def change(percent: Decimal | float | None) -> SafeString | str:
    """A change in percent with a sign that doesn't need its colour; "-" for None."""
    if percent is None:
        return "-"
    kind, sign = ("up", "▲ +") if percent > 0 else ("down", "▼ −") if percent < 0 else ("same", "")
    return format_html('<span class="slimy-{}">{}{} %</span>', kind, sign, f"{abs(percent):,.2f}")


def standing(member: Member) -> Latest | None:
    """Where a member stands, None when nothing was ever recorded."""
    return getattr(member, "latest", None)


def left(since: datetime | None) -> SafeString | str:
    """The mark of those who left."""
    if since is None:
        return ""
    return format_html('<span class="slimy-left" title="Not on the scan of {}">left</span>', moment(since))


def sparkline(trend: Trend | None) -> SafeString | str:
    """A member's weeks as a line, made here so that no script is needed; "-" for fewer than two."""
    if trend is None or len(trend.points) < 2:
        return "-"
    low, high = (end(value for _, value in trend.points) for end in (min, max))
    places = [(week * _STEP + _MARGIN, _height(value, low, high)) for week, value in trend.points]
    first, last = trend.points[0][1], trend.points[-1][1]
    said = f"{trend.metric.label}, {len(trend.points)} of {WEEKS} weeks: from {shortened(first)} to {shortened(last)}"
    kind = "up" if last > first else "down" if last < first else "same"
    return format_html(
        '<svg class="slimy-sparkline slimy-{0}" width="{1}" height="{2}" viewBox="0 0 {1} {2}" role="img" '
        'aria-label="{3}"><title>{3}</title><polyline points="{4}"/><circle cx="{5}" cy="{6}" r="2.5"/></svg>',
        kind,
        (WEEKS - 1) * _STEP + 2 * _MARGIN,
        _HEIGHT,
        said,
        " ".join(f"{x},{y:g}" for x, y in places),
        places[-1][0],
        f"{places[-1][1]:g}",
    )


def _height(value: int, low: int, high: int) -> float:
    """Pixels from the top; in the middle when all are alike."""
    if low == high:
        return _HEIGHT / 2
    return round(_HEIGHT - _MARGIN - (value - low) * (_HEIGHT - 2 * _MARGIN) / (high - low), 1)
