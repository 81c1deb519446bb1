"""Corrections: what staff say of a week wins over what was read, until it is removed."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from clubs.choices import MetricName
from clubs.corrections import correct, monday_of, remove
from clubs.exceptions import MemberNotFound
from clubs.models import Correction, Observation
from clubs.standings import recompute
from tests.club import measure, new_member, on_day, standing
from tests.conftest import GUILD

pytestmark = pytest.mark.django_db

SIM = MetricName.SIM


@pytest.fixture
def stone(guild):
    """Measured on three Wednesdays."""
    made = new_member(guild, "Stone")
    for day, sim in ((0, 100), (7, 200), (14, 300)):
        measure(made, on_day(day), sim=sim, total=sim * 10)
    recompute(GUILD)
    return made


def week(day):
    return on_day(day).date()


def sims(member):
    return list(
        Observation.objects.filter(member=member, metric=SIM).order_by("observed_at").values_list("value", flat=True)
    )


@pytest.mark.parametrize(
    ("day", "monday"),
    [
        ("2024-01-01", "2024-01-01"),
        ("2024-01-07", "2024-01-01"),
        ("2024-01-08", "2024-01-08"),
        ("2024-12-31", "2024-12-30"),
    ],
)
def test_a_week_begins_on_monday(day, monday):
    assert monday_of(date.fromisoformat(day)) == date.fromisoformat(monday)


def test_it_wins_over_what_was_read_and_only_for_its_metric_and_week(stone, alice):
    made = correct(stone, SIM, week(14), 350, "the engine read 0 for 5", alice)
    assert (made.week, made.author, made.reason) == (monday_of(week(14)), alice, "the engine read 0 for 5")
    assert sims(stone) == [100, 200, 350]
    found = standing(stone)
    assert (found.sim_power, found.sim_previous, found.sim_change) == (350, 200, 75)
    assert (found.total_power, found.total_previous) == (3000, 2000)


def test_a_correction_of_the_week_before_changes_the_comparison(stone, alice):
    correct(stone, SIM, week(7), 150, "misread", alice)
    found = standing(stone)
    assert (found.sim_power, found.sim_previous, found.sim_change) == (300, 150, 100)


def test_what_was_read_counts_again_once_it_is_removed(stone, alice, bob):
    made = correct(stone, SIM, week(14), 350, "misread", alice)
    assert remove(made, bob)
    assert (made.removed_by, made.removed_at is None) == (bob, False)
    assert sims(stone) == [100, 200, 300]
    assert standing(stone).sim_power == 300
    assert not remove(made, bob)


def test_another_for_the_same_week_replaces_it_and_both_stay_on_record(stone, alice, bob):
    first = correct(stone, SIM, week(14), 350, "misread", alice)
    second = correct(stone, SIM, on_day(15).date(), 360, "looked again", bob)
    first.refresh_from_db()
    assert (first.removed_by, second.removed_at) == (bob, None)
    assert standing(stone).sim_power == 360
    assert Correction.objects.count() == 2
    assert not remove(first, alice)
    assert standing(stone).sim_power == 360


def test_a_late_observation_in_a_corrected_week_stays_corrected(stone, alice):
    correct(stone, SIM, week(14), 350, "misread", alice)
    measure(stone, on_day(16), sim=9999)
    recompute(GUILD)
    assert standing(stone).sim_power == 350
    assert sims(stone) == [100, 200, 350, 350]


def test_a_week_without_an_observation_can_be_corrected_too(stone, alice):
    made = correct(stone, SIM, week(21), 400, "told by the player", alice)
    found = standing(stone)
    assert (found.sim_power, found.sim_observed_at.date()) == (400, monday_of(week(21)))
    remove(made, alice)
    assert standing(stone).sim_power == 300


def test_the_only_thing_known_of_somebody_may_be_a_correction(guild, alice):
    nobody = new_member(guild, "Nobody")
    made = correct(nobody, MetricName.TOTAL, week(0), 5, "told by the player", alice)
    assert standing(nobody).total_power == 5
    remove(made, alice)
    assert standing(nobody) is None


@pytest.mark.parametrize(
    ("metric", "value", "reason"),
    [
        ("sim", -1, "x"),
        ("sim", 10**15 + 1, "x"),
        ("sim", 10**30, "x"),
        ("power", 1, "x"),
        ("sim", 1, ""),
        ("sim", 1, "x" * 501),
    ],
)
def test_what_can_not_be_is_refused(stone, alice, metric, value, reason):
    with pytest.raises(ValidationError):
        correct(stone, metric, week(14), value, reason, alice)
    assert not Correction.objects.exists()
    assert standing(stone).sim_power == 300


def test_a_member_that_is_gone_can_not_be_corrected(stone, alice):
    type(stone).objects.filter(pk=stone.pk).delete()
    with pytest.raises(MemberNotFound):
        correct(stone, SIM, week(14), 1, "too late", alice)
