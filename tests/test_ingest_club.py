"""The job `ingest_club_metrics`: a scan becomes members, history and standings."""

import json
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clubs.models import Latest, Member, MemberAlias, Metric, Scan
from guilds.models import Guild, Membership, Role
from slimy.jobs import registry
from slimy.jobs.models import Job
from tests.club import *  # noqa: F403
from tests.club import CLUB, START, accept, known, on_day, payload, result_of, row, standing
from tests.conftest import GUILD, ROOT, users_jobs

pytestmark = pytest.mark.usefixtures("rings")

ENDINGS = ("esia", "tania", "olive", "0x", "king", "王", "ñ", "ov", "wick", "77", "zzz")
JOBS = "/api/chat/db-jobs"


def test_a_scan_becomes_members_history_and_standings(scan, officer):
    result = scan(CLUB)
    assert result == {
        "guildId": GUILD,
        "scanId": str(users_jobs().get().pk),
        "status": "ingested",
        "pageType": "manage_members_sim",
        "observedAt": "2024-01-03T12:00:00.000Z",
        "complete": False,
        "membersProcessed": 5,
        "metricsRecorded": 5,
        "newMembers": 5,
        "errors": [],
        "errorCount": 0,
        "flagged": [],
        "flaggedCount": 0,
    }
    assert dict(Latest.objects.values_list("member__display_name", "sim_power")) == {
        each["name"]: each["simPower"] for each in CLUB
    }
    stone = known("Stone")
    assert (stone.member_key, stone.first_seen_at, stone.last_seen_at) == ("stone", START, START)
    kept = Scan.objects.get()
    assert (kept.submitted_by, kept.source, kept.rows_read, kept.raw) == (officer, "rows", 5, {"rows": CLUB})
    assert kept.rows[0] == {
        "index": 0,
        "name": "Stone",
        "simPower": 1_000_000,
        "totalPower": None,
        "confidence": None,
        "lastSeen": None,
        "memberId": stone.pk,
        "memberKey": "stone",
        "how": "new",
        "flags": [],
    }
    assert Metric.objects.filter(scan=kept, observed_at=START, guild=GUILD).count() == 5


def test_the_next_scan_shows_the_change_of_the_week(scan):
    scan(CLUB)
    result = scan([each | {"simPower": each["simPower"] * 2} for each in CLUB], on_day(7))
    assert (result["metricsRecorded"], result["newMembers"]) == (5, 0)
    found = standing(known("Stone"))
    assert (found.sim_power, found.sim_previous, found.sim_change) == (2_000_000, 1_000_000, 100)


def test_sim_and_total_of_different_scans_come_together(scan):
    scan([row("Stone", sim=1_000_000)])
    scan([row("Stone", total=9_000_000)], on_day(0, hours=1))
    both = scan([row("Smitty", sim="1.5M", total="10 000")], on_day(0, hours=2))
    found = standing(known("Stone"))
    assert (found.sim_power, found.total_power) == (1_000_000, 9_000_000)
    assert both["pageType"] == "manage_members"
    assert (standing(known("Smitty")).sim_power, standing(known("Smitty")).total_power) == (1_500_000, 10_000)


@pytest.mark.parametrize("observed", [True, False])
def test_without_a_time_it_was_observed_when_it_was_accepted(scan, observed):
    result = scan(CLUB, START if observed else None)
    job = users_jobs().get()
    assert Scan.objects.get().observed_at == (START if observed else job.created_at)
    assert result["scanId"] == str(job.pk)


class TestWhoMay:
    @pytest.mark.parametrize(("role", "status"), [(None, 403), (Role.MEMBER, 403), (Role.CLUB, 202), (Role.ADMIN, 202)])
    def test_is_decided_by_the_role(self, guild, bob, joined, api, role, status):
        client = api(joined(bob, role) if role else bob)
        assert client.post(JOBS, {"type": "ingest_club_metrics", "data": payload(CLUB)}).status_code == status
        assert users_jobs().count() == (status == 202)

    def test_is_decided_again_when_it_is_done(self, officer, work):
        job = accept(officer, CLUB)
        Membership.objects.filter(user=officer).update(role=Role.MEMBER)
        work()
        job.refresh_from_db()
        assert (job.status, job.attempts, job.errors[-1]["code"]) == ("failed", 1, "role_too_low")
        assert not Member.objects.exists()

    def test_is_nobody_in_a_guild_that_is_gone(self, alice, work):
        alice.is_superuser = True
        alice.save()
        job = accept(alice, CLUB)
        work()
        job.refresh_from_db()
        assert (job.status, job.errors[-1]["code"]) == ("failed", "guild_not_found")


class TestGuilds:
    def test_do_not_mix(self, scan, officer, work):
        other = Guild.objects.create(id="998877665544332211", name="Others")
        Membership.objects.create(guild=other, user=officer, role=Role.CLUB)
        scan(CLUB)
        job = accept(officer, [row("Stone", sim=5)], guildId=other.pk)
        work()
        assert result_of(job)["newMembers"] == 1
        assert Member.objects.filter(member_key="stone").count() == 2
        assert standing(Member.objects.get(guild=GUILD, member_key="stone")).sim_power == 1_000_000


@pytest.mark.parametrize("members", [55, 5_000])
def test_it_takes_eight_statements_however_many_members(officer, members):
    """The check of the role, and seven; where the scan came before, the check and two."""
    job_type = registry.get("ingest_club_metrics")

    def statements(factor, days):
        rows = [row(f"Member {number} of {members}", sim=1_000 * factor + number) for number in range(members)]
        if factor > 1:
            rows[1]["name"] = f"Mernber 1 of {members}"
        sent = payload(rows, on_day(days), complete=True)
        with CaptureQueriesContext(connection) as captured:
            data = job_type.check(officer, sent)
            job_type.perform(Job(type=job_type.name, payload=sent, owner=officer, created_at=START), data)
        return len(captured)

    assert [statements(1, 0), statements(2, 7), statements(2, 7)] == [8, 8, 3]
    assert Metric.objects.count() == 2 * members
    assert MemberAlias.objects.count() == 1


LABELS = ROOT.parent / "shared" / "data" / "screenshots" / "labels.json"  # of real screenshots, where they are at hand
CUT_OFF = {"name": None, "power": None, "last_seen": None, "cut_off": True}
MADE_UP = [
    {"name": f"{first}{last}", "power": 14_321_191 - 200_003 * number, "last_seen": f"{number}h ago", "cut_off": False}
    for number, (first, last) in enumerate(product(("Stone", "Smit", "Xyth", "Rukei", "Gen"), ENDINGS))
]


@pytest.mark.parametrize("labels", ["made up", *(["real"] if LABELS.exists() else [])])
def test_ten_screenshots_give_exactly_the_members_on_them(scan, labels):
    if labels == "real":
        pages = [page["rows"] for page in json.loads(LABELS.read_text()).values()]
    else:
        pages = [[*MADE_UP[start : start + 6], CUT_OFF, CUT_OFF] for start in range(0, 55, 6)]
    shown = [
        [row(each["name"] or "", sim=each["power"], lastSeen=each["last_seen"]) for each in rows] for rows in pages
    ]
    result = scan({"pages": [{"rows": rows} for rows in shown]})
    wanted = {each["name"]: each["power"] for rows in pages for each in rows if not each["cut_off"]}
    assert (len(pages), len(wanted)) == (10, 55)
    assert dict(Latest.objects.values_list("member__display_name", "sim_power")) == wanted
    assert (result["pageType"], result["membersProcessed"], result["newMembers"]) == ("manage_members_sim", 55, 55)
    assert {error["code"] for error in result["errors"]} == {"no_name", "no_power"}  # of tiles that are cut off
