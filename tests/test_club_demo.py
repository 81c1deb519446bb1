"""The club of the demo data: the same for everybody, and alive once the worker has run."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from clubs import demo
from clubs.charts import club_charts, trends
from clubs.generator import MISREAD, NAMES, NEWCOMERS, Club
from clubs.models import Correction, Latest, Member, MemberAlias, Scan
from clubs.names import canonical
from clubs.powers import parse_power
from guilds.demo import SNAIL_KEEPERS
from guilds.demo import seed as seed_guilds
from slimy.accounts.models import User
from tests.conftest import users_jobs


@pytest.fixture
def club(db, rings, work):
    """The demo guild after the worker has run."""
    users = {name: User.objects.create_user(name) for name in ("alice", "bob", "charlie")}
    seed_guilds(users)
    demo.seed(users)
    work()


def test_the_same_seed_makes_the_same_club():
    assert list(Club(7).scans()) == list(Club(7).scans())
    assert list(Club(7).scans()) != list(Club(8).scans())


def test_everybody_has_a_key_of_their_own():
    assert len({canonical(name) for name in NAMES + NEWCOMERS}) == len(NAMES) + len(NEWCOMERS) == 59


def test_a_club_keeps_its_size_and_grows_a_little_every_week():
    weeks = list(Club(demo.SEED).scans())
    assert [len(rows) for rows in weeks] == [55] * 8
    sums = [sum(parse_power(row["totalPower"]) for row in rows) for rows in weeks]
    assert all(before < after < before * 1.1 for before, after in pairwise(sums))
    assert {row["name"] for row in weeks[0]} - {row["name"] for row in weeks[-1]} != set()


def test_eight_weekly_scans_are_ingested_by_real_jobs(club):
    assert set(users_jobs().values_list("type", "status")) == {("ingest_club_metrics", "completed")}
    scans = list(Scan.objects.order_by("observed_at"))
    assert [(scan.status, scan.complete, scan.members_processed, scan.errors) for scan in scans] == [
        ("ingested", True, 55, [])
    ] * 8
    assert all(after.observed_at - before.observed_at == timedelta(weeks=1) for before, after in pairwise(scans))
    assert timezone.now() - timedelta(hours=7) < scans[-1].observed_at < timezone.now()


def test_some_join_and_some_leave(club):
    assert Member.objects.count() == 59
    here = Latest.objects.filter(left_at=None)
    assert here.count() == 55
    assert set(Latest.objects.exclude(left_at=None).values_list("member__display_name", flat=True)) <= set(NAMES)
    assert set(NEWCOMERS) <= set(here.values_list("member__display_name", flat=True))
    assert here.exclude(total_change=None).count() >= 53


def test_a_name_read_wrongly_finds_its_member(club):
    ((right, wrong),) = MISREAD.items()
    alias = MemberAlias.objects.get()
    assert (alias.name, alias.member.display_name) == (wrong, right)
    assert alias.member.metrics.count() == 8


def test_a_correction_counts(club):
    correction = Correction.objects.get()
    assert correction.author.username == "alice"
    values = (
        correction.member.observations.filter(metric="sim").order_by("observed_at").values_list("corrected", "value")
    )
    assert [corrected for corrected, _ in values].count(True) == 1
    assert (True, correction.value) in values
    assert correction.member.metrics.count() == 8


def test_the_charts_live(club):
    charts = club_charts(SNAIL_KEEPERS, timezone.now())
    assert [(chart["metric"], len(chart["points"])) for chart in charts] == [("total", 8), ("sim", 8)]
    assert {point["exact"].split(" · ")[1] for chart in charts for point in chart["points"]} == {"55 members"}
    assert len(trends(Member.objects.values_list("pk", flat=True), timezone.now())) == 59
