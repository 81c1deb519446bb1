"""How much is measured: all of it in under ten minutes on two cores, or a quick look."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Scale:
    """Rounds of everything, and how large each part is."""

    rounds: int = 3
    drain_seconds: float = 4.0  # the queue of each contender holds about so much work
    lone_jobs: int = 250  # one after the other, a round, for the latency
    load_seconds: float = 4.0
    large: tuple[int, int] = (10_000, 5_000_000)  # conversations, messages
    memory_jobs: int = 200_000
    memory_seconds: float | None = 60.0
    cache_runs: int = 100

    def without_hurry(self) -> "Scale":
        """All of the jobs for the memory, however long they take."""
        return replace(self, memory_seconds=None)


NORMAL = Scale()
QUICK = Scale(
    rounds=1,
    drain_seconds=1.5,
    lone_jobs=60,
    load_seconds=2.0,
    large=(2_000, 200_000),
    memory_seconds=10.0,
    cache_runs=20,
)
