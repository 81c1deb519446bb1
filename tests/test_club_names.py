"""The member's key and the shown name."""

import unicodedata

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clubs.names import MAX_KEY, NoName, canonical, digits_of, folded, tidy

KEYS = [
    ("Test User-123!", "testuser123"),
    ("Café", "cafe"),
    ("Cafe\u0301", "cafe"),
    ("[CRM] Café", "cafe"),
    ("【星】Café", "cafe"),
    ("Ｃａｆé", "cafe"),
    ("𝓒𝓪𝓯é", "cafe"),
    ("<:snail:123456> Café <a:wave:9>", "cafe"),
    (":snail: Café :+1:", "cafe"),
    ("🐌 Café ☕️", "cafe"),
    ("C\u200da\u200bf\u00ade", "cafe"),
    ("C̷̢̛a̴͝f̶e", "cafe"),
    ("Straße", "strasse"),
    ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
    ("12:30:45", "123045"),
    ("Йозеф Їжак", "йозефїжак"),
    ("龍の子", "龍の子"),
    ("ガギグ", "ガギグ"),
    ("ｶﾞｷﾞｸﾞ", "ガギグ"),
    ("ラーメン", "ラーメン"),
    ("한글", "한글"),
    ("한글", "한글"),
    ("กินข้าว", "กินข้าว"),
    ("हिन्दी", "हिन्दी"),
    ("مُحَمَّد", "مُحَمَّد"),
    ("★★★", "★★★"),
    ("☠☠☠", "☠☠☠"),
    ("❤️", "❤"),
    ("❤", "❤"),
    ("[TAG]", "tag"),
    ("[TAG] ★", "★"),
    ("[TAG] ☠", "☠"),
    ("[★]", "［★］"),
    (":smile:", "smile"),
    ("<:x:123>", "x123"),
    ("<:x:124>", "x124"),
    ("..", "．．"),
    ("/?#", "／？＃"),
    ("🇨🇭", "🇨🇭"),
    ("\u0301", "\u0301"),
]


@pytest.mark.parametrize(("name", "key"), KEYS)
def test_it_makes_the_key_that_a_name_is_found_by(name, key):
    assert canonical(name) == key


@pytest.mark.parametrize("name", ["", "  \t\n", "\u200b\u200d", "\u3164", "\u2800\u2800", "\ufe0f", "\0", "\ud800"])
def test_it_refuses_a_name_without_ink(name):
    with pytest.raises(NoName, match="visible"):
        canonical(name)
    assert not tidy(name).strip("\ufe0f")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("  Cafe\u0301\n  Crème ", "Café Crème"),
        ("St\u0000o\u200bne", "Stone"),
        ("A\u00a0\u3000B", "A B"),
        ("<:x:123> Bob <a:x:1>", "Bob"),
        ("<:x:123>", "<:x:123>"),
        ("[CRM] 🐌 Bob!", "[CRM] 🐌 Bob!"),
    ],
)
def test_it_shows_a_name_tidily(name, shown):
    assert tidy(name) == shown


@pytest.mark.parametrize("unit", ["x", "★", "ก", "한", "\U0001f40c"])
def test_long_names_keep_keys_apart(unit):
    keys = {canonical(unit * length) for length in range(90, 130)}
    assert len(keys) == 40
    assert max(map(len, keys)) == MAX_KEY
    assert {canonical(key) for key in keys} == keys


@pytest.mark.parametrize(
    ("one", "other"),
    [("lill", "1iIl"), ("SharperOlive0", "SharperOliveO"), ("Bjørn", "Bjorn"), ("Сахар", "Caxap"), ("|||", "Ill")],
)
def test_it_folds_what_fonts_confuse(one, other):
    assert folded(canonical(one)) == folded(canonical(other))


@pytest.mark.parametrize(
    ("one", "other"), [("Arnold", "Amold"), ("Sam", "5am"), ("Bob", "8ob"), ("Zoe", "2oe"), ("й", "и")]
)
def test_it_keeps_apart_what_they_do_not(one, other):
    assert folded(canonical(one)) != folded(canonical(other))


def test_it_tells_the_digits_of_a_key():
    assert digits_of("traveler12521") == "12521"
    assert digits_of("stone") == ""


WORDS = st.text(
    st.characters(codec="latin-1", categories=["L", "Nd"], exclude_characters="ßªº"), min_size=1, max_size=20
)
unhurried = settings(deadline=None, database=None)


def has_ink(char):
    return unicodedata.category(char)[0] not in "CZM" and char not in "\u115f\u1160\u2800\u3164\uffa0"


@unhurried
@given(st.text(max_size=200))
def test_a_key_is_its_own_key(name):
    assume(any(map(has_ink, name)))
    key = canonical(name)
    assert canonical(key) == key
    assert canonical(name) == key
    assert 0 < len(key) <= MAX_KEY


@unhurried
@given(st.text(max_size=60), st.text(max_size=5))
def test_a_name_with_a_visible_character_has_a_key(name, more):
    assume(any(map(has_ink, name + more)))
    assert canonical(name + more)
    assert canonical(tidy(name + more)) == canonical(name + more)
    assert folded(folded(canonical(name + more))) == folded(canonical(name + more))


@unhurried
@given(WORDS, st.sampled_from(["", "[CRM] ", "【星】", "★ ", "<:a:1>", ":snail: "]))
def test_a_key_does_not_depend_on_case_accents_width_or_tags(name, before):
    wide = "".join(chr(ord(char) + 0xFEE0) if char.isascii() else char for char in name)
    key = canonical(name)
    assert {canonical(before + each) for each in (name, name.upper(), name.swapcase(), wide)} == {key}
    assert canonical(unicodedata.normalize("NFD", name)) == key


@unhurried
@given(
    st.text(st.sampled_from("★☠♥!?/.-🐌❤\ufe0f "), min_size=1, max_size=12),
    st.text(st.sampled_from("★☠♥!?/.-🐌 "), max_size=12),
)
def test_names_of_symbols_share_a_key_only_when_they_look_the_same(one, other):
    assume(any(map(has_ink, one)) and any(map(has_ink, other)))
    looks = [name.replace(" ", "").replace("\ufe0f", "") for name in (one, other)]
    assert (canonical(one) == canonical(other)) == (looks[0] == looks[1])
