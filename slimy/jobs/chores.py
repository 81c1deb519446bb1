"""What apps want done every now and then, by whichever worker has time; `<app>/jobs.py` registers it.

A chore is short, may run in several workers at once, and says how much it did: while that isn't nothing it is called
again soon.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from slimy.logs import get_logger

log = get_logger(__name__)

EVERY = 600.0  # seconds, of each worker
SOON = 5.0  # seconds, while there is more to do

Chore = Callable[[], int]

_chores: list[Chore] = []


def chore(do: Chore) -> Chore:
    """Register the decorated function."""
    _chores.append(do)
    return do


class Chores:
    """The rounds of one worker."""

    def __init__(self) -> None:
        self._next = time.monotonic() + random.uniform(0, EVERY)  # noqa: S311  spreads workers

    def __call__(self) -> None:
        """Do all chores if it is time for them. One that fails is logged: it keeps nobody from work."""
        if time.monotonic() < self._next:
            return
        did = sum(map(_done, _chores))
        self._next = time.monotonic() + (SOON if did else EVERY)


def _done(do: Chore) -> int:
    try:
        return do()
    except Exception:
        log.exception("Chore failed", action="chore_failed", chore=do.__name__)
        return 0
