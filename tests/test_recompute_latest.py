"""Standings: the newest of each metric, what it was a week before, the change, and who has left."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from clubs.choices import MetricName
from clubs.corrections import correct
from clubs.models import Latest
from clubs.standings import recompute
from guilds.models import Guild, Role
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from slimy.sql import query
from tests.club import measure, new_member, on_day, result_of, standing, whole_scan
from tests.conftest import GUILD, users_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def stone(guild):
    return new_member(guild, "Stone")


def previous(member):
    recompute(GUILD)
    found = standing(member)
    return found.sim_previous, found.sim_change


def rows_of_latest():
    return query("SELECT xmin::text, ctid::text, l.* FROM clubs_latest l ORDER BY member_id")


class TestTheNewest:
    def test_is_of_each_metric_the_newest_that_is_known(self, stone):
        measure(stone, on_day(0), sim=1, total=10)
        measure(stone, on_day(1), sim=2)
        measure(stone, on_day(2), total=30)
        recompute(GUILD)
        found = standing(stone)
        assert (found.sim_power, found.sim_observed_at) == (2, on_day(1))
        assert (found.total_power, found.total_observed_at) == (30, on_day(2))
        assert found.last_seen_at == on_day(2)

    def test_of_an_unknown_metric_is_nothing(self, stone):
        measure(stone, on_day(0), sim=1)
        recompute(GUILD)
        found = standing(stone)
        assert (found.total_power, found.total_observed_at, found.total_previous, found.total_change) == (None,) * 4

    def test_of_somebody_without_history_is_no_standing(self, stone):
        assert recompute(GUILD) == 0
        assert standing(stone) is None

    def test_goes_with_the_history(self, stone):
        metric = measure(stone, on_day(0), sim=1)
        assert recompute(GUILD) == 1
        metric.delete()
        assert recompute(GUILD) == 0
        assert standing(stone) is None


class TestThePrevious:
    @pytest.mark.parametrize(
        ("days_before", "wanted"),
        [
            ([7], 7),
            ([6, 8], 6),  # equally near: the newer
            ([6, 7, 8], 7),
            ([6.5, 7.75], 6.5),
            ([5.999], None),
            ([8.001], None),
            ([6], 6),
            ([8], 8),
            ([5, 9], None),
        ],
    )
    def test_is_the_nearest_to_seven_days_of_six_to_eight(self, stone, days_before, wanted):
        measure(stone, on_day(30), sim=1000)
        for days in days_before:
            measure(stone, on_day(30 - days), sim=int(days * 1000))
        assert previous(stone)[0] == (wanted and wanted * 1000)

    def test_counts_from_the_members_own_newest_and_of_the_same_metric(self, stone, guild):
        other = new_member(guild, "Other")
        measure(other, on_day(20), sim=5)
        measure(stone, on_day(0), sim=100)
        measure(stone, on_day(7), sim=150)
        measure(stone, on_day(14), total=7)
        assert previous(stone) == (100, Decimal("50.00"))
        assert standing(stone).total_previous is None

    @pytest.mark.parametrize(
        ("before", "now", "change"),
        [
            (100, 150, "50.00"),
            (3, 4, "33.33"),
            (3, 2, "-33.33"),
            (200_000, 200_001, "0.00"),
            (16, 17, "6.25"),
            (10**15, 0, "-100.00"),
            (1, 10**15, "99999999999999900.00"),
            (0, 5, None),
            (0, 0, None),
            (5, 5, "0.00"),
        ],
    )
    def test_gives_the_change_in_percent_to_two_decimals(self, stone, before, now, change):
        measure(stone, on_day(0), sim=before)
        measure(stone, on_day(7), sim=now)
        assert previous(stone) == (before, Decimal(change) if change else None)


class TestWhoIsGone:
    def test_from_a_complete_scan_has_left_when_it_was_made(self, guild, stone):
        measure(stone, on_day(0), sim=1)
        whole_scan(guild, on_day(7))
        whole_scan(guild, on_day(14))
        recompute(GUILD)
        assert standing(stone).left_at == on_day(7)

    def test_and_comes_back_has_not_left(self, guild, stone):
        measure(stone, on_day(0), sim=1)
        whole_scan(guild, on_day(7))
        recompute(GUILD)
        measure(stone, on_day(14), sim=2)
        recompute(GUILD)
        assert standing(stone).left_at is None

    def test_but_was_seen_by_name_has_not_left(self, guild, stone):
        measure(stone, on_day(0), sim=1)
        whole_scan(guild, on_day(7))
        stone.last_seen_at = on_day(7)
        stone.save()
        recompute(GUILD)
        assert standing(stone).left_at is None

    def test_before_the_last_time_they_were_seen_has_not_left(self, guild, stone):
        whole_scan(guild, on_day(-7))
        measure(stone, on_day(0), sim=1)
        whole_scan(guild, on_day(0))
        recompute(GUILD)
        assert standing(stone).left_at is None

    def test_in_another_guild_stays_here(self, guild, stone):
        measure(stone, on_day(0), sim=1)
        whole_scan(Guild.objects.create(id="998877665544332211", name="Others"), on_day(7))
        recompute(GUILD)
        assert standing(stone).left_at is None


def test_doing_it_again_writes_nothing(guild, stone, alice):
    other = new_member(guild, "Other")
    for day in range(0, 21, 7):
        measure(stone, on_day(day), sim=100 + day, total=day)
    measure(other, on_day(0), sim=7)
    correct(other, MetricName.TOTAL, on_day(0).date(), 9, "seen in the game", alice)
    whole_scan(guild, on_day(7))
    recompute(GUILD)
    before = rows_of_latest()
    assert recompute(GUILD) == 2
    assert rows_of_latest() == before


def test_it_leaves_other_guilds_alone(guild, stone):
    other_guild = Guild.objects.create(id="998877665544332211", name="Others")
    other = new_member(other_guild, "Stone")
    measure(other, on_day(0), sim=5)
    recompute(other_guild.pk)
    measure(stone, on_day(0), sim=1)
    assert recompute(GUILD) == 1
    assert {latest.guild_id: latest.sim_power for latest in Latest.objects.all()} == {GUILD: 1, other_guild.pk: 5}


@pytest.mark.parametrize("members", [1, 60])
def test_it_is_one_statement(guild, members, django_assert_num_queries):
    for number in range(members):
        measure(new_member(guild, f"Member {number}"), on_day(0), sim=number)
    with django_assert_num_queries(1):
        assert recompute(GUILD) == members


@pytest.mark.usefixtures("rings")
class TestTheJob:
    def test_makes_standings_anew(self, guild, stone, alice, joined, work):
        joined(alice, Role.ADMIN)
        measure(stone, on_day(0), sim=1)
        job = add_job("database", "recompute_club_latest", {"guildId": GUILD}, alice)
        work()
        result = result_of(job)
        assert (result["guildId"], result["members"]) == (GUILD, 1)
        assert standing(stone).sim_power == 1
        finished = Job.objects.get(pk=job.pk).finished_at
        assert abs(finished - timezone.datetime.fromisoformat(result["recomputedAt"])) < timedelta(seconds=5)

    @pytest.mark.parametrize("role", [None, Role.MEMBER, Role.CLUB])
    def test_is_for_admins(self, guild, alice, joined, api, role):
        client = api(joined(alice, role) if role else alice)
        body = {"type": "recompute_club_latest", "data": {"guildId": GUILD}}
        assert client.post("/api/chat/db-jobs", body).status_code == 403
        assert not users_jobs().exists()

    def test_of_a_guild_that_is_gone_fails_for_good(self, alice, work):
        alice.is_superuser = True
        alice.save()
        job = add_job("database", "recompute_club_latest", {"guildId": GUILD}, alice)
        work()
        job.refresh_from_db()
        assert (job.status, job.attempts, job.errors[-1]["code"]) == ("failed", 1, "guild_not_found")
