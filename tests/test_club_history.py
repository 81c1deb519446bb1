"""The history of one member: found by key, name or alias, newest first, in pages."""

from urllib.parse import quote

import pytest

from clubs.choices import MetricName
from clubs.corrections import correct
from clubs.models import MemberAlias
from guilds.models import Guild, Role
from slimy.wire import instant
from tests.club import measure, new_member, on_day
from tests.conftest import GUILD, assert_problem

pytestmark = pytest.mark.django_db

CLUB = f"/api/guilds/{GUILD}/club"


@pytest.fixture
def reader(alice, joined, api):
    return api(joined(alice, Role.MEMBER))


@pytest.fixture
def club(guild):
    ann, cafe = new_member(guild, "Ann"), new_member(guild, "[TAG] Café")
    measure(ann, on_day(0), sim=10, total=1000)
    measure(ann, on_day(7), sim=11, total=1500)
    measure(cafe, on_day(7), sim=50)
    return {"ann": ann, "cafe": cafe}


def path_of(key):
    return f"{CLUB}/members/{quote(key, safe='')}/history"


def test_the_history_is_newest_first_with_corrections_marked(reader, club, alice):
    correct(club["ann"], MetricName.TOTAL, on_day(0).date(), 1234, "seen in the game", alice)
    answer = reader.get(path_of("ann")).json()
    assert (answer["memberKey"], answer["name"], answer["nextCursor"]) == ("ann", "Ann", None)
    assert answer["history"] == [
        {
            "observedAt": instant(on_day(7)),
            "simPower": 11,
            "simCorrected": False,
            "totalPower": 1500,
            "totalCorrected": False,
        },
        {
            "observedAt": instant(on_day(0)),
            "simPower": 10,
            "simCorrected": False,
            "totalPower": 1234,
            "totalCorrected": True,
        },
    ]


def test_the_history_comes_in_pages(reader, guild):
    stone = new_member(guild, "Stone")
    for day in range(5):
        measure(stone, on_day(day, microseconds=day), sim=day)
    seen, cursor = [], ""
    while cursor is not None:
        answer = reader.get(f"{path_of('stone')}?limit=2{cursor and f'&cursor={cursor}'}").json()
        seen += [row["simPower"] for row in answer["history"]]
        cursor = answer["nextCursor"]
    assert seen == [4, 3, 2, 1, 0]


@pytest.mark.parametrize("key", ["cafe", "Café", "Cafe\u0301", "[TAG] café", "kaffee"])
def test_the_history_is_found_by_key_by_name_and_by_alias(reader, club, key):
    MemberAlias.objects.create(guild_id=GUILD, member=club["cafe"], alias_key="kaffee", name="Kaffee")
    assert reader.get(path_of(key)).json()["memberKey"] == "cafe"


@pytest.mark.parametrize("name", ["爱丽丝", "Ёлка", "กิ่ง", "★彡", "a/b", "100%", "x" * 100, "."])
def test_the_history_takes_any_letters_in_its_path(reader, guild, name):
    member = new_member(guild, name)
    measure(member, on_day(0), sim=5)
    assert reader.get(path_of(member.member_key)).json()["history"][0]["simPower"] == 5


@pytest.mark.parametrize("key", ["nobody", "x" * 10_000, "a\0nn", "%", "..", " ", "\ufffd", "'; --", "ann%00"])
def test_the_history_of_nobody_is_not_found(reader, club, key):
    assert_problem(reader.get(path_of(key)), 404, "member_not_found")


def test_the_history_of_a_member_of_another_guild_is_not_found(reader, club, bob, api):
    other = Guild.objects.create(id="998877665544332211", name="Others")
    zed = new_member(other, "Zed")
    measure(zed, on_day(0), sim=1)
    MemberAlias.objects.create(guild=other, member=zed, alias_key="zet", name="Zet")
    for key in ("zed", "zet"):
        assert_problem(reader.get(path_of(key)), 404, "member_not_found")
        assert_problem(reader.get(path_of(key).replace(GUILD, other.pk)), 403, "not_in_guild")
