"""The clubs API: standings, movers, figures, and the history of a member."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clubs.models import Guild, Latest
from clubs.standings import recompute
from guilds.models import Role
from slimy.wire import instant
from tests.club import measure, new_member, on_day, whole_scan
from tests.conftest import GUILD

pytestmark = pytest.mark.django_db

CLUB = f"/api/guilds/{GUILD}/club"


@pytest.fixture
def reader(alice, joined, api):
    return api(joined(alice, Role.MEMBER))


@pytest.fixture
def club(guild):
    """Two weeks: Ann grew, Ben shrank, Café has only sim power, Dan only a name before she left, Eve has left."""
    ann, ben, cafe, eve = (new_member(guild, name) for name in ("Ann", "Ben", "[TAG] Café", "Eve"))
    measure(ann, on_day(0), sim=10, total=1000)
    measure(ann, on_day(7), sim=11, total=1500)
    measure(ben, on_day(0), sim=30, total=2000)
    measure(ben, on_day(7), sim=30, total=1800)
    measure(cafe, on_day(0), sim=40)
    measure(cafe, on_day(7), sim=50)
    measure(eve, on_day(0), total=9000)
    whole_scan(guild, on_day(7))
    recompute(GUILD)
    return {"ann": ann, "ben": ben, "cafe": cafe, "eve": eve}


def keys(answer, what="members"):
    assert answer.status_code == 200, answer.content
    return [member["memberKey"] for member in answer.json()[what]]


class TestTheLatest:
    def test_shows_where_everybody_stands(self, reader, club):
        answer = reader.get(f"{CLUB}/latest").json()
        assert (answer["ok"], answer["guildId"], answer["nextCursor"]) == (True, GUILD, None)
        assert answer["asOf"] == instant(on_day(7))
        assert answer["members"][1] == {
            "memberKey": "ann",
            "name": "Ann",
            "simPower": 11,
            "simPrevious": 10,
            "simChangePercent": 10.0,
            "totalPower": 1500,
            "totalPrevious": 1000,
            "totalChangePercent": 50.0,
            "changePercent": 50.0,
            "firstSeenAt": instant(on_day(0)),
            "lastSeenAt": instant(on_day(7)),
            "leftAt": None,
        }

    @pytest.mark.parametrize(
        ("query", "wanted"),
        [
            ("", ["ben", "ann", "cafe"]),
            ("?sort=total", ["ben", "ann", "cafe"]),
            ("?sort=sim", ["cafe", "ben", "ann"]),
            ("?sort=change", ["ann", "cafe", "ben"]),  # Café's is of sim power, 25 %
            ("?sort=name", ["ann", "ben", "cafe"]),
            ("?left=include", ["eve", "ben", "ann", "cafe"]),
            ("?left=include&sort=change", ["ann", "cafe", "ben", "eve"]),
        ],
    )
    def test_is_sorted_as_asked_for_and_what_is_unknown_comes_last(self, reader, club, query, wanted):
        assert keys(reader.get(f"{CLUB}/latest{query}")) == wanted

    def test_shows_change_of_sim_power_where_total_is_unknown(self, reader, club):
        cafe = reader.get(f"{CLUB}/latest").json()["members"][-1]
        assert (cafe["name"], cafe["totalPower"], cafe["changePercent"]) == ("[TAG] Café", None, 25.0)

    def test_keeps_powers_exact(self, reader, guild):
        measure(new_member(guild, "Ann"), on_day(0), sim=10**15, total=10**15 - 1)
        recompute(GUILD)
        assert b'"simPower":1000000000000000,' in reader.get(f"{CLUB}/latest").content
        assert b'"totalPower":999999999999999,' in reader.get(f"{CLUB}/latest").content

    @pytest.mark.parametrize("sort", ["total", "sim", "change", "name"])
    def test_comes_in_pages_that_show_everybody_once(self, reader, guild, sort):
        names = ["Ann", "Ben", "爱丽丝", "Ёлка", "★彡", "x" * 120, "Zoë"]
        for number, name in enumerate(names):
            member = new_member(guild, name)
            for day in (0, 7):
                measure(member, on_day(day), sim=number // 3 + day + 1, total=number // 2 if number < 4 else None)
        recompute(GUILD)
        whole = keys(reader.get(f"{CLUB}/latest?sort={sort}"))
        shown, cursor = [], ""
        while cursor is not None:
            assert len(cursor) <= 600
            answer = reader.get(f"{CLUB}/latest?sort={sort}&limit=2{cursor and f'&cursor={cursor}'}")
            shown += keys(answer)
            cursor = answer.json()["nextCursor"]
        assert shown == whole
        assert len(set(shown)) == len(names)

    def test_of_an_empty_club_is_empty(self, reader):
        answer = reader.get(f"{CLUB}/latest").json()
        assert (answer["members"], answer["asOf"], answer["nextCursor"]) == ([], None, None)

    def test_is_of_this_guild_only(self, reader, club):
        other = Guild.objects.create(id="998877665544332211", name="Others")
        measure(new_member(other, "Zed"), on_day(8), sim=1, total=10**15)
        recompute(other.pk)
        assert Latest.objects.count() == 5
        assert keys(reader.get(f"{CLUB}/latest?left=include")) == ["eve", "ben", "ann", "cafe"]
        assert reader.get(f"{CLUB}/latest").json()["asOf"] == instant(on_day(7))


class TestTheMovers:
    @pytest.mark.parametrize(
        ("query", "gainers", "losers"),
        [
            ("", ["ann"], ["ben"]),
            ("?metric=sim", ["cafe", "ann"], []),
            ("?metric=sim&percent=10", ["cafe"], []),
            ("?metric=sim&percent=24.99", ["cafe"], []),
            ("?metric=sim&percent=25", [], []),
            ("?percent=9.99", ["ann"], ["ben"]),
            ("?percent=10", ["ann"], []),
            ("?metric=sim&limit=1", ["cafe"], []),
        ],
    )
    def test_changed_by_more_than_the_percentage(self, reader, club, query, gainers, losers):
        answer = reader.get(f"{CLUB}/movers{query}")
        assert (keys(answer, "gainers"), keys(answer, "losers")) == (gainers, losers)

    def test_carry_the_change_of_the_metric(self, reader, club):
        ann = reader.get(f"{CLUB}/movers?metric=sim").json()["gainers"][1]
        assert (ann["changePercent"], ann["totalChangePercent"]) == (10.0, 50.0)

    def test_name_who_joined_and_who_left_lately(self, reader, guild):
        long_ago, lately = timezone.now() - timedelta(days=30), timezone.now() - timedelta(days=3)
        stays, leaves = new_member(guild, "Ann", long_ago), new_member(guild, "Eve", long_ago)
        comes = new_member(guild, "New", lately)
        for member, at in ((stays, long_ago), (stays, lately), (leaves, long_ago), (comes, lately)):
            measure(member, at, total=5)
        whole_scan(guild, lately)
        recompute(GUILD)
        answer = reader.get(f"{CLUB}/movers")
        assert (keys(answer, "joined"), keys(answer, "left")) == (["new"], ["eve"])
        answer = reader.get(f"{CLUB}/movers?days=2")
        assert (keys(answer, "joined"), keys(answer, "left")) == ([], [])
        answer = reader.get(f"{CLUB}/movers?days=90")
        assert (keys(answer, "joined"), keys(answer, "left")) == (["new"], ["eve"])  # history began with the others


class TestTheAggregates:
    def test_are_of_who_is_in_the_club(self, reader, club):
        answer = reader.get(f"{CLUB}/aggregates").json()
        del answer["trend"]
        assert answer == {
            "ok": True,
            "guildId": GUILD,
            "asOf": instant(on_day(7)),
            "members": 3,
            "membersWithTotals": 2,
            "membersWithSim": 3,
            "totalPower": {
                "sum": 3300,
                "average": 1650.0,
                "median": 1650.0,
                "previousSum": 3000,
                "changePercent": 10.0,
            },
            "simPower": {"sum": 91, "average": 30.33, "median": 30.0, "previousSum": 80, "changePercent": 13.75},
        }

    def test_of_nobody_are_unknown(self, reader):
        answer = reader.get(f"{CLUB}/aggregates").json()
        assert (answer["members"], answer["trend"]) == (0, [])
        assert set(answer["totalPower"].values()) == {None}

    def test_have_exact_sums_beyond_what_a_float_holds(self, reader, guild):
        for number in range(30):
            measure(new_member(guild, f"Member {number}"), on_day(0), total=10**15 - number % 2)
        recompute(GUILD)
        assert b'"sum":29999999999999985,' in reader.get(f"{CLUB}/aggregates").content

    def test_have_a_trend_by_weeks(self, reader, guild):
        monday = timezone.now() - timedelta(days=timezone.now().weekday() + 14)
        ann, ben = (new_member(guild, name, monday) for name in ("Ann", "Ben"))
        measure(ann, monday, sim=1, total=10)
        measure(ben, monday + timedelta(days=1), total=20)
        measure(ann, monday + timedelta(days=7), sim=2)
        recompute(GUILD)
        trend = reader.get(f"{CLUB}/aggregates").json()["trend"]
        assert trend == [
            {"week": f"{monday:%Y-%m-%d}", "totalPower": 30, "simPower": 1, "members": 2},
            {"week": f"{monday + timedelta(days=7):%Y-%m-%d}", "totalPower": 30, "simPower": 2, "members": 2},
        ]
