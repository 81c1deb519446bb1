"""A broken invariant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Violation:
    """Which invariant was broken, how, and by which jobs (none when it isn't a matter of single jobs)."""

    invariant: str
    sentence: str
    ids: tuple[UUID, ...] = ()

    @classmethod
    def of(cls, invariant: str, sentence: str, ids: Sequence[UUID]) -> list[Violation]:
        """[] when there are no such jobs, else one violation with all of them."""
        return [cls(invariant, f"{len(ids)} jobs {sentence}", tuple(ids))] if ids else []

    def __str__(self) -> str:
        shown = ", ".join(map(str, self.ids[:10])) + (" …" if len(self.ids) > 10 else "")
        return f"{self.invariant} broken: {self.sentence}" + (f": {shown}" if shown else "")
