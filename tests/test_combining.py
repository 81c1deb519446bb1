"""What threads ask at the same time is asked once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from slimy.combining import Combiner
from tests.conftest import wait_until


class Asked:
    """Answers n with n × 10; each time it waits until it may go on. 0 is no question."""

    def __init__(self):
        self.times = []
        self.may_go_on = Event()

    def __call__(self, numbers):
        self.times.append(sorted(numbers))
        assert self.may_go_on.wait(5)
        return [n * 10 // min(n, 1) for n in numbers]


@pytest.fixture
def asked():
    return Asked()


@pytest.fixture
def combined(asked):
    return Combiner(asked)


def test_one_alone_is_asked_at_once(asked, combined):
    asked.may_go_on.set()
    assert [combined(1), combined(2)] == [10, 20]
    assert asked.times == [[1], [2]]


def test_who_comes_while_it_is_busy_is_asked_together(asked, combined):
    with ThreadPoolExecutor(6) as threads:
        first = threads.submit(combined, 1)
        wait_until(lambda: asked.times)
        others = [threads.submit(combined, n) for n in range(2, 7)]
        wait_until(lambda: len(combined._waiting) == 5)
        asked.may_go_on.set()
        assert first.result(5) == 10
        assert [other.result(5) for other in others] == [20, 30, 40, 50, 60]
    assert asked.times == [[1], [2, 3, 4, 5, 6]]


def test_a_failure_is_of_who_had_the_turn_and_the_others_are_asked_again(asked, combined):
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(combined, 1)
        wait_until(lambda: asked.times)
        bad = threads.submit(combined, 0)
        wait_until(lambda: len(combined._waiting) == 1)
        others = [threads.submit(combined, n) for n in (2, 3)]
        wait_until(lambda: len(combined._waiting) == 3)
        asked.may_go_on.set()
        assert first.result(5) == 10
        ends = [bad.exception(5), *(other.exception(5) for other in others)]
    assert any(isinstance(end, ZeroDivisionError) for end in ends)
    assert combined(4) == 40
    assert not combined._waiting
