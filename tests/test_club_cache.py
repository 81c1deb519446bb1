"""Reads of a club: a hit costs no statement but the one for the token; a miss the same in a club of any size."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clubs.choices import MetricName
from clubs.corrections import correct
from clubs.models import MemberAlias
from guilds.models import GuildSettings, Role
from tests.club import accept, row
from tests.test_club_access import CLUB, observed

pytestmark = pytest.mark.django_db(transaction=True)

COSTS = {"latest": 2, "movers": 5, "aggregates": 2, "members/stone/history": 2, "latest?sort=name&limit=1": 2}


def statements(client, path):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(f"{CLUB}/{path}").status_code == 200
    return len(seen)


@pytest.mark.parametrize("names", [["Stone"], ["Stone", *(f"Member {number}" for number in range(40))]], ids=len)
def test_a_hit_costs_no_statement_and_a_miss_always_the_same(guild, alice, joined, api, names):
    observed(guild, names)
    client = api(joined(alice, Role.MEMBER))
    client.get("/api/guilds")  # so that her guilds are known
    for path, cost in COSTS.items():
        assert (path, statements(client, path), statements(client, path)) == (path, cost, 0)


def test_anybody_reads_a_public_club_from_the_cache(guild, api):
    observed(guild)
    GuildSettings.objects.patch(guild, {"allow_public": True}, None)
    for path in COSTS:
        api(None).get(f"{CLUB}/{path}")
        assert statements(api(None), path) == 0


def test_what_a_job_or_staff_change_is_seen_by_the_next_read(guild, alice, joined, api, work):
    client = api(joined(alice, Role.CLUB))

    def seen():
        members = client.get(f"{CLUB}/latest").json()["members"]
        total = client.get(f"{CLUB}/aggregates").json()["totalPower"]["sum"]
        return [member["totalPower"] for member in members], total

    assert seen() == ([], None)
    accept(alice, [row("Stone", total=5)])
    work()
    assert seen() == ([5], 5)
    assert client.get(f"{CLUB}/members/stone/history").json()["history"][0]["totalPower"] == 5
    member = guild.club_members.get()
    correct(member, MetricName.TOTAL, member.last_seen_at.date(), 7, "seen in the game", alice)
    assert seen() == ([7], 7)
    assert client.get(f"{CLUB}/members/stone/history").json()["history"][0]["totalPower"] == 7


def test_a_club_that_is_no_longer_public_is_closed_at_once(guild, api):
    observed(guild)
    for public, status in ((True, 200), (False, 401), (True, 200)):
        GuildSettings.objects.patch(guild, {"allow_public": public}, None)
        assert api(None).get(f"{CLUB}/latest").status_code == status


def test_a_read_of_one_guild_is_never_that_of_another(guild, alice, bob, joined, api):
    observed(guild)
    assert api(joined(alice, Role.MEMBER)).get(f"{CLUB}/members/stone/history").status_code == 200
    assert api(bob).get(f"{CLUB}/members/stone/history").status_code == 403


def test_an_alias_that_staff_delete_no_longer_finds_a_history_and_a_new_name_is_seen(guild, alice, joined, api):
    observed(guild)
    member = guild.club_members.get()
    alias = MemberAlias.objects.create(guild=guild, member=member, alias_key="rock", name="Rock")
    client = api(joined(alice, Role.MEMBER))
    assert client.get(f"{CLUB}/members/rock/history").status_code == 200
    alias.delete()
    assert client.get(f"{CLUB}/members/rock/history").status_code == 404
    assert client.get(f"{CLUB}/latest").json()["members"][0]["name"] == "Stone"
    member.display_name = "Stoney"
    member.save()
    assert client.get(f"{CLUB}/latest").json()["members"][0]["name"] == "Stoney"
