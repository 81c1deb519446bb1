"""The pause before the next try, as a pure function."""

import random

BASE = 2.0  # seconds, as the replaced system had it
JITTER = 0.25


def delay(attempt: int, jitter: float = 0.0) -> float:
    """Seconds to wait after the failed `attempt` (1, 2, …): 2, 4, 8 …, times 1 + `jitter` (0 to 0.25)."""
    return float(BASE * 2 ** (attempt - 1) * (1 + jitter))


def jittered(attempt: int) -> float:
    """`delay` with a random jitter, so that jobs that failed together don't return together."""
    return delay(attempt, random.uniform(0, JITTER))  # noqa: S311  spreads load, keeps no secret
