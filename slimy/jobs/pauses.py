"""Queues that staff have paused: jobs are accepted and wait, workers take none. What is running ends as usual.

`rqsuspend` stops all work on all queues; this stops one queue, outlives a restart of Redis, and says who did it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from slimy.sql import query

if TYPE_CHECKING:
    from slimy.accounts.models import User

LOOK_EVERY = 1.0  # seconds

_next_look = 0.0
_known: frozenset[str] = frozenset()


class Pause(models.Model):
    """A queue that is paused, as long as the row is there."""

    queue = models.CharField(max_length=32, primary_key=True)
    since = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        db_table = "slimy_pause"
        default_permissions = ()
        permissions = (("pause_queue", "Can pause and resume a queue"),)

    def __str__(self) -> str:
        return self.queue


def pause(queue: str, by: User) -> bool:
    """Workers take no more jobs of `queue`, within about a second. False when it was paused already."""
    forget()
    return Pause.objects.get_or_create(queue=queue, defaults={"by": by})[1]


def resume(queue: str) -> bool:
    """Workers take its jobs again. False when it wasn't paused."""
    forget()
    return Pause.objects.filter(queue=queue).delete()[0] > 0


def forget() -> None:
    """Look at once when asked next."""
    global _next_look  # noqa: PLW0603
    _next_look = 0.0


def paused() -> frozenset[str]:
    """The queues that are paused, as this process saw it within the last second. Raises OperationalError."""
    global _next_look, _known  # noqa: PLW0603  one answer for the whole process
    if time.monotonic() >= _next_look:
        _known = frozenset(row["queue"] for row in query("SELECT queue FROM slimy_pause"))
        _next_look = time.monotonic() + LOOK_EVERY
    return _known
