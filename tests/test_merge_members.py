"""Merging: two members that are one person become one, and nothing that was known is lost."""

import pytest
from django.db import connection

from clubs.choices import MetricName
from clubs.corrections import correct
from clubs.exceptions import CannotMerge, MemberNotFound
from clubs.merging import merge
from clubs.models import Correction, Latest, Member, MemberAlias, Metric
from clubs.roster import Roster
from clubs.standings import recompute
from guilds.models import Guild
from tests.club import measure, new_member, on_day, standing
from tests.conftest import GUILD

pytestmark = pytest.mark.django_db


@pytest.fixture
def keep(guild):
    return new_member(guild, "Stone", on_day(7))


@pytest.fixture
def gone(guild):
    return new_member(guild, "St0ne King", on_day(0))


def history(member):
    rows = Metric.objects.filter(member=member).order_by("observed_at")
    return [(row.observed_at, row.sim_power, row.total_power) for row in rows]


def test_history_follows(keep, gone, alice):
    measure(gone, on_day(0), sim=100)
    measure(keep, on_day(7), sim=150)
    measure(gone, on_day(14), total=3)
    recompute(GUILD)
    merge(keep, gone, alice)
    assert history(keep) == [(on_day(0), 100, None), (on_day(7), 150, None), (on_day(14), None, 3)]
    found = standing(keep)
    assert (found.sim_power, found.sim_previous, found.sim_change, found.total_power) == (150, 100, 50, 3)
    assert not Member.objects.filter(pk=gone.pk).exists()
    assert [latest.member_id for latest in Latest.objects.all()] == [keep.pk]


def test_of_one_moment_the_kept_members_values_count_and_gaps_are_filled(keep, gone, alice):
    measure(keep, on_day(7), sim=150)
    measure(gone, on_day(7), sim=999, total=1500)
    measure(keep, on_day(14), total=1600)
    measure(gone, on_day(14), sim=160, total=999)
    measure(keep, on_day(21), sim=170, total=1700)
    measure(gone, on_day(21), sim=999, total=999)
    merge(keep, gone, alice)
    assert history(keep) == [(on_day(7), 150, 1500), (on_day(14), 160, 1600), (on_day(21), 170, 1700)]
    assert Metric.objects.count() == 3


def test_corrections_follow_and_the_kept_members_win(keep, gone, alice, bob):
    for day in (7, 14):
        measure(keep, on_day(day), sim=100)
    mine = correct(keep, MetricName.SIM, on_day(7).date(), 110, "mine", alice)
    theirs = correct(gone, MetricName.SIM, on_day(7).date(), 120, "theirs", alice)
    other = correct(gone, MetricName.SIM, on_day(14).date(), 140, "only theirs", alice)
    merge(keep, gone, bob)
    assert set(Correction.objects.values_list("pk", "member", "removed_by")) == {
        (mine.pk, keep.pk, None), (theirs.pk, keep.pk, bob.pk), (other.pk, keep.pk, None),
    }  # fmt: skip
    assert (standing(keep).sim_power, standing(keep).sim_previous) == (140, 110)


def test_the_names_that_it_had_lead_to_the_kept_one(keep, gone, alice):
    MemberAlias.objects.create(guild=gone.guild, member=gone, alias_key="st0neking", name="St0neKing")
    MemberAlias.objects.create(guild=gone.guild, member=gone, alias_key="stoneknig", name="StoneKnig")
    merge(keep, gone, alice)
    aliases = {alias.alias_key: alias.source for alias in keep.aliases.all()}
    assert aliases == {"st0neking": "merge", "stoneknig": "ocr"}
    roster = Roster.of(GUILD, on_day(0))
    assert roster.aliases == dict.fromkeys(aliases, keep.pk)
    assert roster.misread == {"stoneknig"}


def test_it_was_seen_from_the_first_to_the_last_of_both(keep, gone, alice):
    Member.objects.filter(pk=gone.pk).update(last_seen_at=on_day(30))
    merged = merge(keep, gone, alice)
    assert (merged.first_seen_at, merged.last_seen_at, merged.display_name) == (on_day(0), on_day(30), "Stone")


def test_a_member_is_not_merged_with_itself_or_across_guilds(keep, guild, alice):
    other = new_member(Guild.objects.create(id="998877665544332211", name="Others"), "Stone")
    for wrong in (keep, other):
        with pytest.raises(CannotMerge):
            merge(keep, wrong, alice)
    assert Member.objects.count() == 2


def test_members_that_went_meanwhile_are_not_merged(keep, gone, alice):
    merge(keep, gone, alice)
    for pair in ((keep, gone), (gone, keep)):
        with pytest.raises(MemberNotFound):
            merge(*pair, alice)
    assert Member.objects.get() == keep


@pytest.mark.parametrize("rows", [1, 50])
def test_it_takes_as_many_statements_for_a_long_history(keep, gone, alice, rows, django_assert_num_queries):
    for day in range(rows):
        measure(gone, on_day(day), sim=day)
        measure(keep, on_day(day, hours=1), sim=day)
    with django_assert_num_queries(14):
        merge(keep, gone, alice)
    assert Metric.objects.filter(member=keep).count() == 2 * rows
    connection.check_constraints()
