"""The log of what was promised: every job that was accepted, by whom, and what must come of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from threading import Lock
from uuid import UUID


@dataclass(frozen=True)
class Accepted:
    """One 202: `expected` is the status that the job must end with, `attempts` how many it may need (None: any).

    A `neighbour` is innocent: whatever happens around it, it completes. `talk` and `place` say which conversation a
    message belongs to, and as how manieth it was accepted there.
    """

    id: UUID
    owner: str
    type: str
    expected: str = "completed"
    attempts: int | None = 1
    neighbour: bool = True
    talk: UUID | None = None
    place: int = 0


class AcceptanceLog:
    """What clients and loads have been promised; may be written by several threads."""

    def __init__(self) -> None:
        self._lines: dict[UUID, Accepted] = {}
        self._lock = Lock()

    def add(self, lines: Iterable[Accepted]) -> None:
        """Note promises; a job that was promised twice (the same Idempotency-Key) counts once."""
        with self._lock:
            self._lines |= {line.id: line for line in lines}

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[Accepted]:
        with self._lock:
            return iter(list(self._lines.values()))

    def ids(self) -> list[UUID]:
        """Of all jobs."""
        return [line.id for line in self]
