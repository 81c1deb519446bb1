"""From an OCR result to members and powers."""

import json
import math
import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clubs.ocr import Metric, Page, Reading, read
from tests.screen import NAMES, Shown, club, overlapping, picture, row

unhurried = settings(deadline=None, database=None, max_examples=60)
LABELS = Path(__file__).resolve().parents[2] / "shared/data/screenshots/labels.json"


def sims(page):
    return {reading.name: reading.sim_power for reading in page.readings}


def codes(page):
    return [(problem.index, problem.name, problem.code) for problem in page.problems]


def powers_of(members):
    return {member.name: member.power for member in members}


# Rows


def test_it_reads_rows():
    rows = [
        {"name": " Stone ", "simPower": "14,321,191", "confidence": 0.97, "lastSeen": "Online"},
        {"name": "Café", "simPower": 7570063, "totalPower": "12.5M"},
    ]
    assert read({"rows": rows}) == Page(
        is_members=True,
        metric=None,
        readings=(
            Reading(0, "Stone", 14321191, None, 0.97, "Online"),
            Reading(1, "Café", 7570063, 12_500_000, None, None),
        ),
    )


def test_one_bad_row_is_reported_and_the_rest_go_on():
    good = [row(member) for member in club(6)]
    bad = [
        {"name": " ", "simPower": 5_000_000},
        {"name": "Slug", "simPower": "lots"},
        {"name": "Newt", "simPower": -5},
        {"name": "Toad"},
        {"name": None, "totalPower": None},
        {"name": "Frog", "simPower": "x", "totalPower": 9},
    ]
    page = read({"rows": [*good, *bad]})
    assert sims(page) == powers_of(club(6)) | {"Frog": None}
    assert codes(page) == [
        (6, None, "no_name"),
        (7, "Slug", "not_a_power"),
        (8, "Newt", "not_a_power"),
        (9, "Toad", "no_power"),
        (10, None, "no_name"),
        (10, None, "no_power"),
        (11, "Frog", "not_a_power"),
    ]


@pytest.mark.parametrize("confidence", [-1, 2, math.nan, math.inf, True, "high", None])
def test_a_confidence_out_of_range_is_unknown(confidence):
    page = read({"rows": [{"name": "Stone", "simPower": 1, "confidence": confidence}]})
    assert page.readings[0].confidence is None


def test_a_power_far_from_the_median_is_refused_as_text_and_flagged_as_a_number():
    rows = [row(member) for member in club(9)]
    rows += [{"name": "Ada", "simPower": "209,000,000"}, {"name": "Ben", "simPower": 199_000}]
    page = read({"rows": rows})
    assert codes(page) == [(9, "Ada", "outlier_power"), (10, "Ben", "outlier_power")]
    assert [(each.name, each.flags) for each in page.readings[9:]] == [("Ben", ("outlier_power",))]


@pytest.mark.parametrize(
    ("page_type", "metric"),
    [(None, Metric.SIM), ("manage_members", Metric.SIM), ("manage_members_sim", Metric.SIM)],
)
def test_rows_are_a_members_page(page_type, metric):
    page = read({"rows": [row(club()[0])]}, page_type)
    assert (page.is_members, page.metric, page.reason) == (True, metric, None)


@pytest.mark.parametrize("document", [{"rows": [row(club()[0])]}, picture(club(6))[0], {"text": "Manage Members"}])
def test_a_page_of_another_type_is_not_read(document):
    page = read(document, "other")
    assert (page.is_members, page.readings, page.problems) == (False, (), ())
    assert "another type" in page.reason


# Boxes


@pytest.mark.parametrize("scale", [0.3, 1, 1.206, 7])
@pytest.mark.parametrize(("label", "metric"), [("Sim Power", "sim"), ("SimPowor", "sim"), ("Total Power", "total")])
def test_it_reads_a_picture_of_any_size(scale, label, metric):
    document, whole = picture(club(8), label=label, scale=scale)
    page = read(document)
    assert len(whole) == 6
    assert (page.is_members, page.metric, page.members_shown, page.problems) == (True, metric, 55, ())
    assert [(each.name, each.sim_power if metric == "sim" else each.total_power) for each in page.readings] == [
        (member.name, member.power) for member in whole
    ]
    assert [each.last_seen for each in page.readings] == [member.seen for member in whole]
    assert {each.confidence for each in page.readings} == {0.99}


@unhurried
@given(
    st.floats(0, 5),
    st.floats(0.2, 5),
    st.integers(1, 4),
    st.integers(1, 20),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_it_reads_exactly_the_whole_tiles(scroll, scale, columns, size, corners, rng):
    document, whole = picture(club(size), scroll=scroll, scale=scale, columns=columns, corners=corners)
    rng.shuffle(document["boxes"])
    page = read(document)
    assert page.is_members
    assert sims(page) == powers_of(whole)
    assert {problem.code for problem in page.problems} <= {"no_rows"}


@unhurried
@given(st.lists(st.floats(-6, 6), min_size=40, max_size=40))
def test_a_picture_may_be_a_little_uneven(shifts):
    document, whole = picture(club(8))
    for entry, shift in zip(document["boxes"], [*shifts, *shifts], strict=False):
        entry["box"] = [side + shift * factor for side, factor in zip(entry["box"], (1, 0.4, 0.8, 0.4), strict=True)]
    assert sims(read(document)) == powers_of(whole)


def test_a_number_without_its_label_counts_when_it_is_whole_and_sure():
    document, whole = picture(club(8), scroll=0.47)
    assert [entry["text"] for entry in document["boxes"]].count("Sim Power") == 7
    assert sims(read(document)) == powers_of(whole)
    number = next(entry for entry in document["boxes"] if entry["text"] == str(whole[0].power))
    for unsure in ({"score": 0.89}, {"score": math.nan}, {"score": None}):
        boxes = [entry | (unsure if entry is number else {}) for entry in document["boxes"]]
        assert sims(read({"boxes": boxes})) == powers_of(whole[1:])


def test_a_label_that_was_not_read_between_tiles_makes_an_unsure_number_a_problem():
    document, whole = picture(club(8))
    boxes = document["boxes"]
    label = [entry for entry in boxes if entry["text"] == "Sim Power"][3]
    number = next(entry for entry in boxes if entry["text"] == str(whole[2].power))
    kept = [entry | ({"score": 0.6} if entry is number else {}) for entry in boxes if entry is not label]
    page = read({"boxes": kept})
    assert sims(page) == powers_of(whole[:2] + whole[3:])
    assert codes(page) == [(2, whole[2].name, "unsure_power")]


@pytest.mark.parametrize(("part", "code"), [("name", "no_name"), ("power", "unsure_power")])
def test_a_whole_tile_that_was_not_read_whole_is_a_problem(part, code):
    document, whole = picture(club(8))
    missing = str(getattr(whole[2], part))
    page = read({"boxes": [entry for entry in document["boxes"] if entry["text"] != missing]})
    assert sims(page) == powers_of(whole[:2] + whole[3:])
    assert codes(page) == [(2, None if part == "name" else whole[2].name, code)]


@pytest.mark.parametrize(
    ("merged", "name", "seen"),
    [
        ("Stone Online", "Stone", "Online"),
        ("Stone 0nIine", "Stone", "Online"),
        ("Stone5h ago", "Stone", "5h ago"),
        ("Stone 12hago", "Stone", "12h ago"),
        ("Stone ld ago", "Stone", "1d ago"),
        ("Two Words 55 sec ago", "Two Words", "55 sec ago"),
        ("Traveler12521 3w ago", "Traveler12521", "3w ago"),
        ("Online Online", "Online", "Online"),
    ],
)
def test_it_parts_a_name_from_last_seen(merged, name, seen):
    document, _ = picture([Shown("Stone", 5_000_000), *club(5)])
    boxes = [entry for entry in document["boxes"] if entry["text"] != "Stone"]
    first = next(entry for entry in boxes if entry["text"] == "Online")
    first |= {"text": merged, "box": [146, *first["box"][1:]]}
    found = read({"boxes": boxes}).readings[0]
    assert (found.name, found.last_seen, found.sim_power) == (name, seen, 5_000_000)


def test_where_a_name_ends_is_not_guessed():
    document, _ = picture([Shown("Stone", 5_000_000), *club(5)])
    boxes = [entry for entry in document["boxes"] if entry["text"] != "Stone"]
    first = next(entry for entry in boxes if entry["text"] == "Online")
    first |= {"text": "Traveler1252112h ago", "box": [146, *first["box"][1:]]}
    page = read({"boxes": boxes})
    assert codes(page) == [(0, None, "no_name")]
    assert len(page.readings) == 5


@pytest.mark.parametrize("split", [[3], [1, 3], [0, 1, 2, 3, 4, 5]])
def test_a_number_in_two_boxes_is_one(split):
    document, whole = picture(club(6))
    boxes = document["boxes"]
    for member in [whole[place] for place in split]:
        number = next(entry for entry in boxes if entry["text"] == str(member.power))
        left, top, right, bottom = number["box"]
        middle = left + (right - left) / 2
        boxes.remove(number)
        boxes.append(number | {"text": number["text"][:4], "box": [left, top, middle - 3, bottom]})
        boxes.append(number | {"text": number["text"][4:], "box": [middle + 3, top, right, bottom]})
    assert sims(read(document)) == powers_of(whole)


def test_words_of_another_language_are_read_when_the_type_is_given():
    document, whole = picture(club(6), label="Kraft 모의")
    for entry in document["boxes"]:
        entry["text"] = entry["text"].replace("Online", "지금").replace("Manage Members", "멤버")
    assert not read(document).is_members
    page = read(document, "manage_members_total")
    assert {each.name: each.total_power for each in page.readings} == powers_of(whole)
    assert page.readings[0].last_seen == "지금"


def test_a_members_page_that_does_not_say_which_power_it_shows_gives_no_readings():
    document, _ = picture(club(6), label="Kraft")
    page = read(document)
    assert (page.is_members, page.metric, page.readings) == (True, None, ())
    assert codes(page)[0] == (None, None, "metric_unknown")


def test_a_type_that_the_labels_contradict_decides_and_is_reported():
    document, whole = picture(club(6))
    page = read(document, "manage_members_total")
    assert page.metric == Metric.TOTAL
    assert {each.name: each.total_power for each in page.readings} == powers_of(whole)
    assert codes(page) == [(None, None, "metric_conflict")]


@pytest.mark.parametrize("document", [{"boxes": []}, {"boxes": [{"text": "Daily rewards 12345", "box": [1, 1, 9, 9]}]}])
def test_other_pictures_are_not_members_pages(document):
    page = read(document)
    assert (page.is_members, page.readings) == (False, ())
    assert "does not look like" in page.reason


HOSTILE = {
    "one place": lambda _: [100, 100, 300, 140],
    "one column": lambda i: [100, i, 300, i + 40],
    "tall": lambda i: [100 + i, 0, 300 + i, 10**6],
    "far apart": lambda i: [i * 500, i * 500, i * 500 + 40, i * 500 + 40],
    "absurd": lambda _: [-(10.0**300), 10**400, math.inf, math.nan],
    "flat": lambda _: [5, 5, 5, 5],
}


@pytest.mark.parametrize("place", HOSTILE.values(), ids=HOSTILE)
def test_thousands_of_hostile_boxes_are_read(place):
    texts = ["14321191", "Sim Power", "Stone", "Online", "1"]
    boxes = [{"text": texts[i % 5], "box": place(i), "score": math.nan} for i in range(2000)]
    assert read({"boxes": boxes}).is_members in {True, False}


# Text


@pytest.mark.parametrize(
    "text",
    [
        "Stone 14,321,191\nXyth 7 654 784",
        "Stone 14,321,191 Online\nXyth 7,654,784 5h ago",
        "Stone\n14,321,191\nOnline\nXyth\n7,654,784\n5h ago",
        "Stone\n14321191\n\nXyth\n7654784",
        "Stone\t14,321,191\tOnline\nXyth\t7654784\t",
        "| Name | Sim Power |\n| Stone | 14,321,191 |\n| Xyth | 7,654,784 |",
        "Name,Sim Power,Last seen\nStone,14321191,Online\nXyth,7654784,2d ago",
        "Stone,14321191\nXyth,7654784",
        "Stone: 14.321.191\nXyth = 7.654.784",
        "SnailBar\nLv.16\nManage Members\nSim Power\n14321191\nStone\nOnline\nSim Power\n7654784\nXyth\n5h ago\nQR6FNG",
        "Manage Members\nSim Power Sim Power\n14321191 7654784\nStone Online Xyth 5h ago\nSim Power",
        "Stone\nSim Power: 14,321,191\nXyth\nSim Power: 7,654,784",
    ],
)
def test_it_reads_text(text):
    page = read({"text": text}, "manage_members_sim")
    assert page.is_members
    assert sims(page) == {"Stone": 14321191, "Xyth": 7654784}
    assert page.problems == ()


def test_it_reads_both_powers_of_a_table():
    page = read({"text": "Name\tTotal Power\tSim Power\nStone\t20M\t14M\nXyth\t9M\t7M"}, "manage_members")
    assert [(each.name, each.sim_power, each.total_power) for each in page.readings] == [
        ("Stone", 14_000_000, 20_000_000),
        ("Xyth", 7_000_000, 9_000_000),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Stone\n-14,321,191", "not_a_power"),
        ("Stone\tlots", "not_a_power"),
        ("Stone\t14M\t7M", "metric_unknown"),
        ("14321191\n7654784\nStone\nXyth\nOther", "unclear_order"),
        ("14321191\n7654784", "no_name"),
        ("Stone\n14,321,191\nXyth\nBorg\n7,654,784", "no_power"),
        ("Traveler1252112h ago", "no_name"),
    ],
)
def test_what_is_wrong_in_a_text_is_reported(text, problem):
    page = read({"text": text}, "manage_members_sim")
    assert problem in {each.code for each in page.problems}
    assert set(sims(page).items()) <= {("Stone", 14321191), ("Borg", 7654784)}


def test_a_text_is_a_members_page_by_its_title_or_its_rows():
    assert not read({"text": "Room 1200\nI have 500 snails"}).is_members
    page = read({"text": "Manage Members\n12/50\nTotal Power\nStone 14,321,191"})
    assert (page.is_members, page.metric, page.members_shown) == (True, Metric.TOTAL, 12)


# Several pages of one scan


def scan():
    """Pages of rows, and what they come to: from labels made by eye, where they are at hand."""
    if not LABELS.exists():
        return [[row(member) for member in some] for some in overlapping(club(), 10)], powers_of(club())
    pages = [page["rows"] for page in json.loads(LABELS.read_text(encoding="utf-8")).values()]
    whole = [[shown for shown in rows if not shown["cut_off"]] for rows in pages]
    rows = [[{"name": r["name"], "simPower": r["power"], "lastSeen": r["last_seen"]} for r in page] for page in whole]
    return rows, {shown["name"]: shown["power"] for page in whole for shown in page}


def test_overlapping_pages_merge_to_each_member_once():
    rows, expected = scan()
    page = read({"pages": [{"rows": some} for some in rows]})
    assert len(rows) == 10
    assert len(page.readings) == len(expected) == 55
    assert sum(map(len, rows)) > 55
    assert (sims(page), page.metric, page.problems) == (expected, Metric.SIM, ())


def test_a_synthetic_scan_merges_too():
    pages = overlapping(club(), 10)
    page = read({"pages": [{"rows": [row(member) for member in some]} for some in pages]})
    assert (sims(page), page.problems, len(pages)) == (powers_of(club()), (), 10)
    assert len(set(NAMES)) == 55


def test_overlapping_pictures_merge_to_each_member_once():
    documents = [picture(club(), scroll=scroll)[0] for scroll in [i * 2.4 for i in range(12)]]
    page = read({"pages": documents})
    assert (sims(page), page.problems, page.members_shown) == (powers_of(club()), (), 55)


def test_pictures_of_both_powers_make_one_reading_a_member():
    documents = [picture(club(6), label=label)[0] for label in ("Sim Power", "Total Power")]
    page = read({"pages": documents})
    assert page.metric is None
    assert [(each.name, each.sim_power, each.total_power) for each in page.readings] == [
        (member.name, member.power, member.power) for member in club(6)
    ]


def pages_of(*pages):
    return {
        "pages": [{"rows": [{"name": name, "simPower": power} | more for name, power, more in rows]} for rows in pages]
    }


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ([("Stone", 100, {}), ("Stone", 100, {}), ("Stone", 900, {"confidence": 0.9})], 100),
        ([("Stone", 100, {"confidence": 0.9}), ("Stone", 900, {"confidence": 0.8})], 100),
        ([("Stone", 100, {}), ("Stone", 900, {})], 900),
    ],
)
def test_of_different_powers_one_is_kept_and_flagged(rows, kept):
    page = read(pages_of(*[[each] for each in rows]))
    assert [(each.name, each.sim_power, each.flags) for each in page.readings] == [
        ("Stone", kept, ("conflicting_power",))
    ]
    assert codes(page) == [(0, "Stone", "conflicting_power")]
    assert page.problems[0].message == f"Read as 100 and 900 sim power; {kept} was kept."


def test_one_name_read_differently_with_one_power_is_one_member():
    page = read(
        pages_of([("lill", 100, {})], [("Iill", 100, {}), ("lill", 100, {})], [("MUÑA", 7, {}), ("muna", 7, {})])
    )
    assert [(each.index, each.name, each.sim_power) for each in page.readings] == [(0, "lill", 100), (3, "MUÑA", 7)]
    assert page.problems == ()


def test_names_that_look_alike_with_different_powers_are_different_members():
    page = read(pages_of([("lill", 100, {}), ("Iill", 900, {})]))
    assert [(each.name, each.sim_power) for each in page.readings] == [("lill", 100), ("Iill", 900)]


def test_a_power_that_another_picture_shows_for_sure_is_no_problem():
    unsure = picture(club(6))[0]
    unsure["boxes"] = [entry for entry in unsure["boxes"] if entry["text"] != str(club(6)[2].power)]
    page = read({"pages": [unsure, picture(club(6))[0]]})
    assert (sims(page), page.problems) == (powers_of(club(6)), ())


def test_a_strange_page_among_others_is_reported():
    page = read({"pages": [{"text": "Daily rewards"}, picture(club(6))[0]]})
    assert sims(page) == powers_of(club(6))
    assert [(each.code, each.message) for each in page.problems] == [
        ("not_members_page", "Page 1: This does not look like a Manage Members page.")
    ]
    assert not read({"pages": [{"text": "Daily rewards"}, {"text": "Shop"}]}).is_members
    assert not read({"pages": []}).is_members


ROWS = st.fixed_dictionaries(
    {"name": st.sampled_from(["Stone", "stone", "St0ne", "lill", "Iill", "Muña", "Muna", "★", " "])},
    optional={
        "simPower": st.integers(-1, 3) | st.sampled_from(["1", "2K", "x"]),
        "totalPower": st.integers(0, 3),
        "confidence": st.sampled_from([0, 0.5, 1]),
        "lastSeen": st.sampled_from(["Online", "5h ago"]),
    },
)


@unhurried
@given(st.lists(st.lists(ROWS, max_size=6), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_pages_does_not_matter(pages, rng):
    def outcome(some):
        page = read({"pages": [{"rows": rows} for rows in some]})
        members = {(r.name, r.sim_power, r.total_power, r.confidence, r.last_seen, r.flags) for r in page.readings}
        problems = [(each.code, each.name or "", re.sub(r"^Page \d+", "", each.message)) for each in page.problems]
        return members, sorted(problems)

    assert outcome(rng.sample(pages, len(pages))) == outcome(pages)


ANY = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
ROW = st.dictionaries(st.sampled_from(["name", "simPower", "totalPower", "confidence", "lastSeen"]), ANY)
TEXT = st.text(max_size=30) | st.sampled_from(
    ["Sim Power", "Total Power", "Manage Members", "123456", "5h ago", "9/9", "Stone"]
)
NUMBER = st.floats() | st.integers()
PLACE = st.lists(NUMBER, min_size=4, max_size=4) | st.lists(
    st.lists(NUMBER, min_size=2, max_size=2), min_size=4, max_size=4
)
NEAR = st.tuples(*[st.integers(0, 40)] * 4).map(list)
BOX = st.fixed_dictionaries({"text": TEXT, "box": PLACE | NEAR}, optional={"score": st.none() | NUMBER})
PART = st.one_of(
    st.fixed_dictionaries({"rows": st.lists(ROW, max_size=8)}),
    st.fixed_dictionaries({"boxes": st.lists(BOX, max_size=20)}),
    st.fixed_dictionaries({"text": st.text(max_size=200) | st.lists(TEXT, max_size=20).map("\n".join)}),
)
DOCUMENT = PART | st.fixed_dictionaries({"pages": st.lists(PART, max_size=3)})
TYPES = st.sampled_from([None, "manage_members", "manage_members_sim", "manage_members_total", "other"])


@settings(unhurried, max_examples=100)
@given(DOCUMENT, TYPES)
def test_it_reads_whatever_it_is_given(document, page_type):
    page = read(document, page_type)
    assert page == read(document, page_type)
    assert page.is_members == (page.reason is None)
    assert all(
        0 <= power <= 10**15 for r in page.readings for power in (r.sim_power, r.total_power) if power is not None
    )
    assert all(r.name and (r.sim_power, r.total_power) != (None, None) for r in page.readings)
    assert [r.index for r in page.readings] == sorted({r.index for r in page.readings})


def test_thousands_of_rows_are_merged():
    rows = [row(member) for member in club(5000)]
    random.Random(1).shuffle(rows)
    page = read({"pages": [{"rows": rows}, {"rows": rows}]})
    assert sims(page) == powers_of(club(5000))
