"""A power as text, to an exact whole number."""

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clubs.powers import MAX_POWER, NotAPower, parse_power

POWERS = [
    ("0", 0),
    ("007", 7),
    ("14321191", 14321191),
    ("14,321,191", 14321191),
    ("14.321.191", 14321191),
    ("14'321'191", 14321191),
    ("14\u2019321\u2019191", 14321191),
    ("10 000", 10000),
    ("10_000", 10000),
    ("1,234", 1234),
    ("1.5K", 1500),
    ("1.5 k", 1500),
    ("1.234M", 1234000),
    ("2.75M", 2750000),
    ("2.5b", 2500000000),
    ("1T", 10**12),
    ("12B", 12 * 10**9),
    ("5 500K", 5500000),
    ("1,234.5K", 1234500),
    ("1.0K", 1000),
    ("14\u00a0321\u2009191", 14321191),
    ("14\u3000321\u202f191", 14321191),
    ("１４，３２１，１９１", 14321191),
    ("２．５Ｍ", 2500000),
    ("१४३२", 1432),
    ("١٤٬٣٢١", 14321),
    ("\u200e14,321\u200f", 14321),
    ("14,32l,l91", 14321191),
    ("1O,373,292", 10373292),
    ("14B21I91", 14821191),
    ("S31S563", 5315563),
    ("143211B", 143211 * 10**9),
    (5, 5),
    (MAX_POWER, MAX_POWER),
    ("1,000,000,000,000,000", MAX_POWER),
]


@pytest.mark.parametrize(("text", "power"), POWERS)
def test_it_reads_a_power(text, power):
    assert parse_power(text) == power
    assert type(parse_power(text)) is int


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-5", "negative"),
        ("−5", "negative"),
        (-5, "negative"),
        ("", "no power"),
        (" \u3000", "no power"),
        ("abc", "not a number"),
        ("Sim Power", "not a number"),
        ("14,321,191 Power", "not a number"),
        ("O", "not a number"),
        ("SOS", "not a number"),
        ("1O", "not a number"),
        ("1e5", "not a number"),
        ("0x10", "not a number"),
        ("12,34", "not a number"),
        ("14,321 191", "not a number"),
        ("0,123", "not a number"),
        ("1.234", "whole number"),
        ("1.5", "whole number"),
        ("1.2345K", "whole number"),
        ("1.00000000000000000000000000000000000000001K", "whole number"),
        ("½", "not a number"),
        ("10²", "not a number"),
        ("1234T", "too large"),
        ("1000000000000001", "too large"),
        (10**40, "too large"),
        ("9" * 64, "too large"),
        ("9" * 65, "too long"),
        (True, "whole number"),
        (1.5, "whole number"),
        (None, "whole number"),
    ],
)
def test_it_refuses_what_is_no_power(text, reason):
    with pytest.raises(NotAPower, match=reason) as refused:
        parse_power(text)
    assert refused.value.reason.endswith(".")
    assert isinstance(refused.value, ValueError)


@pytest.mark.parametrize(("power", "fits"), [(100, True), (99, False), (10_000, True), (10_001, False), (0, False)])
def test_it_refuses_a_power_ten_times_off_the_median(power, fits):
    if fits:
        assert parse_power(str(power), hint=1000) == power
    else:
        with pytest.raises(NotAPower, match="10 times"):
            parse_power(str(power), hint=1000)


def test_a_power_fits_where_nothing_is_known():
    assert parse_power("5", hint=None) == parse_power("5", hint=0) == 5


unhurried = settings(deadline=None, database=None)
SEPARATORS = [",", "_", " ", "\u00a0", "\u2009", "\u3000", "'", "，"]
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@unhurried
@given(st.integers(0, MAX_POWER), st.sampled_from(["", *SEPARATORS]), st.sampled_from([{}, WIDE, ARABIC]))
def test_it_reads_back_every_way_of_writing(power, separator, digits):
    text = f"{power:,}".replace(",", separator).translate(digits)
    assert parse_power(text) == parse_power(power) == power


@unhurried
@given(st.integers(10**6, MAX_POWER))
def test_it_reads_back_dots_that_group_more_than_once(power):
    assert parse_power(f"{power:,}".replace(",", ".")) == power


@unhurried
@given(st.integers(0, 10**6), st.integers(0, 999), st.sampled_from([("K", 3), ("m", 6), ("B", 9), ("t", 12)]))
def test_it_reads_units_exactly(whole, thousandths, unit):
    exact = (whole + Fraction(thousandths, 1000)) * 10 ** unit[1]
    assume(exact <= MAX_POWER)
    assert parse_power(f"{whole}.{thousandths:03}{unit[0]}") == exact


@unhurried
@given(
    st.one_of(st.text(max_size=80), st.text(st.sampled_from("0123456789OIlSB,._ -KMBT'"), max_size=24), st.integers())
)
def test_it_gives_a_whole_number_in_range_or_refuses(text):
    try:
        power = parse_power(text)
    except NotAPower:
        return
    assert type(power) is int
    assert 0 <= power <= MAX_POWER
