"""Which known member a name of a scan is."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clubs.matching import MIN_LENGTH, How, Match, match

MEMBERS = {
    "stone": 1,
    "1i1l": 2,
    "rukei": 3,
    "traveler12521": 4,
    "traveler10491": 5,
    "gurthbrooks": 6,
    "wolfcastle": 7,
    "o0o": 8,
    "oo0": 9,
}
ALIASES = {"oldstone": 1, "wolfy": 7}


@pytest.mark.parametrize(
    ("key", "member", "how"),
    [
        ("stone", 1, How.EXACT),
        ("oldstone", 1, How.ALIAS),
        ("st0ne", 1, How.FOLDED),
        ("lill", 2, How.FOLDED),
        ("0ldstone", 1, How.FOLDED),
        ("stane", 1, How.FUZZY),
        ("gurtbrooks", 6, How.FUZZY),
        ("wolfcast1e", 7, How.FOLDED),
        ("travelor12521", 4, How.FUZZY),
        ("travelor12522", None, None),
        ("traveler12522", None, None),
        ("stone2", None, None),
        ("ruk", None, None),
        ("ooo", None, None),
        ("completelynew", None, None),
    ],
)
def test_it_finds_the_member_or_nobody(key, member, how):
    assert match([key], MEMBERS, ALIASES)[key] == Match(member, how)


def test_a_lead_that_is_too_small_finds_nobody():
    assert match(["snailmaid"], {"snailmail": 1, "snailmain": 2}, {})["snailmaid"] == Match()


def test_names_of_one_member_are_no_rivals_of_each_other():
    found = match(["snailmaid"], {"snailmail": 1}, {"snailmain": 1, "snailmaim": 1})
    assert found["snailmaid"] == Match(1, How.FUZZY)


def test_a_member_found_by_name_is_not_found_again_by_resemblance():
    found = match(["stone", "st0ne", "stane"], MEMBERS, ALIASES)
    assert found == {"stone": Match(1, How.EXACT), "st0ne": Match(resembles=1), "stane": Match(resembles=1)}


def test_of_two_names_that_look_like_one_member_the_nearer_is_taken():
    found = match(["gurthbrookz", "qurthbrookz"], MEMBERS, {})
    assert found == {"gurthbrookz": Match(6, How.FUZZY), "qurthbrookz": Match(resembles=6)}


def test_of_two_that_are_equally_near_none_is_taken():
    assert match(["1lll", "i1ll"], {"lill": 2}, {}) == {"1lll": Match(resembles=2), "i1ll": Match(resembles=2)}


def test_two_known_members_that_look_alike_stay_two():
    members = {"lillian": 1, "1illian": 2}
    assert match(members, members, {}) == {"lillian": Match(1, How.EXACT), "1illian": Match(2, How.EXACT)}
    assert match(["iillian"], members, {})["iillian"] == Match()


def test_a_members_own_key_counts_before_an_alias():
    assert match(["stone"], {"stone": 1}, {"stone": 2})["stone"] == Match(1, How.EXACT)


def test_nobody_is_known_in_a_new_club():
    assert match(["stone", "stane"], {}, {}) == {"stone": Match(), "stane": Match()}


KEYS = st.lists(st.text(st.sampled_from("abclio01"), min_size=1, max_size=8), max_size=12)
unhurried = settings(deadline=None, database=None)


@unhurried
@given(KEYS, KEYS, KEYS, st.randoms(use_true_random=False))
def test_it_matches_alike_in_any_order_and_no_member_twice_by_resemblance(keys, known, also_known, rng):
    members = {key: number for number, key in enumerate(dict.fromkeys(known))}
    aliases = {key: number % len(members) for number, key in enumerate(also_known)} if members else {}
    found = match(keys, members, aliases)
    shuffled = [rng.sample([*items], len(items)) for items in (keys, members.items(), aliases.items())]
    assert match(shuffled[0], dict(shuffled[1]), dict(shuffled[2])) == found
    assert set(found) == set(keys)
    sure = {each.member for each in found.values() if each.how in {How.EXACT, How.ALIAS}}
    guessed = [each.member for each in found.values() if each.how in {How.FOLDED, How.FUZZY}]
    assert len(guessed) == len(set(guessed))
    assert not sure & set(guessed)
    assert all(each.how is None for key, each in found.items() if key in members and each.how is not How.EXACT)


def test_thousands_of_new_names_are_matched_against_thousands_of_members():
    rng = random.Random(4)
    names = ["".join(rng.choices("abcdefghjkmnpqrstuvwxyz", k=12)) for _ in range(2000)]
    misread = [name[:MIN_LENGTH] + "!" + name[MIN_LENGTH + 1 :] for name in names]
    found = match(misread, {name: number for number, name in enumerate(names)}, {})
    assert [found[name].member for name in misread] == list(range(2000))
