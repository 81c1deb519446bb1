"""What the tests of the stack share."""

import time
from collections.abc import Callable

import pytest


@pytest.fixture
def empty_redis() -> None:
    """Instead of the one for all tests: these tests leave the shared servers alone."""


def soon(condition: Callable[[], object], seconds: float = 10) -> bool:
    """Whether it becomes true."""
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            return False
        time.sleep(0.05)
    return True
