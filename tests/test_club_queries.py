"""Odd requests to a club are refused clearly."""

import pytest

from guilds.models import Role
from tests.conftest import assert_problem
from tests.test_club_access import CLUB, observed


@pytest.mark.django_db
class TestOddRequests:
    @pytest.mark.parametrize(
        "guild_id", ["42", "0", "-1", "x" * 10_000, "%00", "%2e%2e", "1e17", "٢" * 18, "99999999999999999999"]
    )
    @pytest.mark.parametrize("what", ["latest", "members/stone/history", "export.csv", "ingest"])
    def test_an_odd_guild_is_not_found(self, alice, api, guild_id, what):
        path = f"/api/guilds/{guild_id}/club/{what}"
        method = "post" if what == "ingest" else "get"
        assert_problem(getattr(api(alice), method)(path), 404, "guild_not_found")
        assert_problem(getattr(api(None), method)(path), 401, "unauthorized")

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("latest?sort=anything", "sort"),
            ("latest?sort=", "sort"),
            ("latest?sort=-total", "sort"),
            ("latest?sort=total&sort=sim", "sort"),
            ("latest?left=yes", "left"),
            ("latest?limit=0", "limit"),
            ("latest?limit=501", "limit"),
            ("latest?limit=-1", "limit"),
            ("latest?limit=1e2", "limit"),
            ("latest?limit=%D9%A2", "limit"),
            ("latest?cursor=", "cursor"),
            ("latest?cursor=1", "cursor"),
            ("latest?cursor=1~", "cursor"),
            ("latest?cursor=1~AA", "cursor"),  # NUL
            ("latest?cursor=1~_w", "cursor"),  # not UTF-8
            ("latest?cursor=1~YR", "cursor"),  # not as it is written
            ("latest?cursor=1~Y", "cursor"),
            ("latest?cursor=NaN~YQ", "cursor"),
            ("latest?cursor=1e9~YQ", "cursor"),
            ("latest?cursor=" + "1" * 10_000, "cursor"),
            ("latest?page=2", "page"),
            ("movers?metric=power", "metric"),
            *((f"movers?percent={percent}", "percent") for percent in (
                "NaN", "1e999", "-1", "Infinity", "1001", "1000.01", "1.234", "", "%2B1", "%D9%A2", "0x1", "1%0A",
            )),
            ("movers?days=0", "days"),
            ("movers?days=91", "days"),
            ("movers?limit=101", "limit"),
            ("aggregates?limit=1", "limit"),
            ("members/stone/history?limit=0", "limit"),
            ("members/stone/history?limit=501", "limit"),
            ("members/stone/history?cursor=1~YQ", "cursor"),
            ("members/nobody/history?cursor=x", "cursor"),
        ],
    )  # fmt: skip
    def test_a_query_that_is_not_known_is_refused(self, alice, joined, api, query, field):
        assert_problem(api(joined(alice, Role.MEMBER)).get(f"{CLUB}/{query}"), 400, "invalid_input", field)

    @pytest.mark.parametrize("sort", ["total", "sim", "change", "name"])
    @pytest.mark.parametrize("worth", ["0", "-101", "9" * 18, "-" + "9" * 18, "9" * 18 + ".99", "0.5"])
    def test_a_cursor_that_somebody_made_up_is_a_position(self, guild, alice, joined, api, sort, worth):
        observed(guild)
        answer = api(joined(alice, Role.MEMBER)).get(f"{CLUB}/latest?sort={sort}&cursor={worth}~YQ")
        assert answer.status_code == 200
