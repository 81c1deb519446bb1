"""A circuit breaker: who has failed a few times in a row is left alone for a while, then tried once."""

import time


class Breaker:
    """Opens after `failures` in a row, for `seconds`; then one try decides. For one process that tries in turn."""

    def __init__(self, failures: int, seconds: float) -> None:
        self._most, self._seconds = failures, seconds
        self._failures = 0
        self._closed_at = 0.0

    def allows(self) -> bool:
        """False while it is open."""
        return self._failures < self._most or time.monotonic() >= self._closed_at

    def succeeded(self) -> None:
        """An answer came: all is well."""
        self._failures = 0

    def failed(self) -> None:
        """None came, once more."""
        self._failures += 1
        self._closed_at = time.monotonic() + self._seconds
