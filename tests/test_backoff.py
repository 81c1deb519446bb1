"""The pause before the next try, by a table."""

import pytest

from slimy.jobs.backoff import delay, jittered

TABLE = [(1, 0, 2), (2, 0, 4), (3, 0, 8), (1, 0.25, 2.5), (2, 0.1, 4.4)]


@pytest.mark.parametrize(("attempt", "jitter", "seconds"), TABLE)
def test_it_doubles_from_two_seconds(attempt, jitter, seconds):
    assert delay(attempt, jitter) == pytest.approx(seconds)


def test_the_jitter_stays_below_a_quarter():
    assert all(2 <= jittered(1) <= 2.5 for _ in range(500))
