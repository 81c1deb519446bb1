"""Large numbers in short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clubs.powers import MAX_POWER, parse_power
from clubs.shorten import shortened


@pytest.mark.parametrize(
    ("number", "short"),
    [
        (None, "-"), (0, "0"), (7, "7"), (999, "999"), (1000, "1K"), (1234, "1.23K"), (12_345, "12.3K"),
        (999_499, "999K"), (999_500, "1M"), (1_005_000, "1.01M"), (14_321_191, "14.3M"), (1_234_567_890, "1.23B"),
        (999_999_999, "1B"), (10**12, "1T"), (10**15, "1000T"), (-1_234_567, "-1.23M"), (100_000_000, "100M"),
    ],
)  # fmt: skip
def test_it_has_three_digits_and_a_unit(number, short):
    assert shortened(number) == short


@given(st.integers(0, MAX_POWER))
def test_it_is_read_back_as_nearly_the_same(number):
    assert abs(parse_power(shortened(number)) - number) * 200 <= number
