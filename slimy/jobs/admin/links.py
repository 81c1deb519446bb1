"""Where the figures of the home page lead: to the list of jobs, filtered."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.urls import reverse

Filter = str | int | None


def jobs(**filters: Filter) -> str:
    """The list of jobs with these filters (names and values of its query string); None is left out."""
    chosen = {name: value for name, value in filters.items() if value is not None}
    path = reverse("admin:jobs_job_changelist")
    return f"{path}?{urlencode(chosen)}" if chosen else path


def job(pk: object) -> str:
    """The page of a job."""
    return reverse("admin:jobs_job_change", args=[pk])


def span(since: datetime, length: timedelta) -> str:
    """A time in which jobs finished, as the filter "finished" reads it: seconds since 1970, from and to."""
    begin = int(since.timestamp())
    return f"{begin}-{begin + int(length.total_seconds())}"


def ago(seconds: float) -> str:
    """A length of time for people: "320 ms", "14 s", "3 min", "5 h", "2 d"."""
    if seconds < 1:
        return f"{max(0.0, seconds) * 1000:.0f} ms"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def milliseconds(ms: float) -> str:
    """A duration for people: "0.8 ms", "14 ms", "1.25 s"."""
    if ms >= 1000:
        return f"{ms / 1000:.3g} s" if ms < 100_000 else ago(ms / 1000)
    return f"{ms:.0f} ms" if ms >= 10 else f"{ms:.1f} ms"
