"""The job `ingest_club_metrics`: a scan becomes members, history and standings."""

import json
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clubs.choices import MetricName
from clubs.corrections import correct
from clubs.merging import merge
from clubs.models import Latest, Member, MemberAlias, Metric, Scan
from guilds.models import Guild, Membership, Role
from slimy.jobs import registry
from slimy.jobs.models import Job
from tests.club import START, accept, on_day, payload, result_of, row, standing
from tests.conftest import GUILD, ROOT, users_jobs

pytestmark = pytest.mark.usefixtures("rings")

ENDINGS = ("esia", "tania", "olive", "0x", "king", "王", "ñ", "ov", "wick", "77", "zzz")
JOBS = "/api/chat/db-jobs"
CLUB = [
    row(name, sim=1_000_000 + number) for number, name in enumerate(("Stone", "Smitty", "Xyth", "Rukei", "Genesia"))
]


@pytest.fixture
def officer(alice, joined):
    return joined(alice, Role.CLUB)


@pytest.fixture
def scan(officer, work):
    """`scan(rows, at, …)` ingests through the ledger and the executor; returns the result."""

    def run(rows, at=START, **more):
        job = accept(officer, rows, at, **more)
        work()
        return result_of(job)

    return run


def known(name):
    return Member.objects.get(display_name=name)


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


class TestNames:
    def test_in_any_script_are_members(self, scan):
        names = ["Stone", "Привет", "王小明", "さくら", "김철수", "Ελένη", "مرحبا", "★彡", "🔥🔥", "ñandú", "l", "I"]
        result = scan([row(name, sim=1_000_000 + number) for number, name in enumerate(names)])
        assert (result["newMembers"], result["errorCount"]) == (len(names), 0)
        again = scan([row(name, sim=1_000_001 + number) for number, name in enumerate(names)], on_day(7))
        assert (again["newMembers"], again["metricsRecorded"]) == (0, len(names))

    def test_written_otherwise_are_the_same_member_and_the_newest_is_shown(self, scan):
        scan([row("Café [TAG]", sim=1)])
        scan([row("CAFE\u0301 <:fire:123>", sim=2)], on_day(7))
        member = Member.objects.get()
        assert (member.member_key, member.display_name) == ("cafe", "CAFÉ")

    def test_misread_find_their_member_and_are_remembered_but_not_shown(self, scan):
        scan([row("Traveler12521", sim=1), row("Rukei", sim=1)])
        result = scan([row("TraveIer12521", sim=2), row("Rukeij", sim=2)], on_day(7))
        assert result["newMembers"] == 0
        assert set(Member.objects.values_list("display_name", flat=True)) == {"Traveler12521", "Rukei"}
        assert set(MemberAlias.objects.values_list("alias_key", "member__display_name", "source")) == {
            ("traveier12521", "Traveler12521", "ocr"),
            ("rukeij", "Rukei", "ocr"),
        }
        third = scan([row("TraveIer12521", sim=3), row("Rukeij", sim=3)], on_day(14))
        assert [each["how"] for each in Scan.objects.get(pk=third["scanId"]).rows] == ["alias", "alias"]
        assert Member.objects.filter(display_name="Traveler12521", last_seen_at=on_day(14)).exists()

    def test_that_two_members_could_have_make_a_member_of_their_own_which_is_flagged(self, scan):
        scan([row("Traveler1", sim=1), row("Traveler2", sim=1)])
        result = scan([row("Traveler1", sim=2), row("Travelers1", sim=3)], on_day(7))
        assert result["newMembers"] == 1
        assert [(each["code"], each["name"]) for each in result["flagged"]] == [("resembles_member", "Travelers1")]

    def test_of_a_merged_member_lead_to_the_kept_one_and_are_shown(self, scan, officer):
        scan([row("Stone", sim=1), row("Kingslayer", sim=1)])
        merge(known("Stone"), known("Kingslayer"), officer)
        result = scan([row("Kingslayer", sim=2)], on_day(7))
        assert result["newMembers"] == 0
        member = Member.objects.get()
        assert (member.member_key, member.display_name) == ("stone", "Kingslayer")

    def test_that_grow_when_they_are_composed_still_fit(self, scan):
        result = scan([row("\u0958" * 200, sim=1), row("\U0001d160" * 200, sim=2)])
        assert result["membersProcessed"] == 2
        assert all(len(member.display_name) <= 200 for member in Member.objects.all())


class TestOneBadMember:
    def test_is_reported_and_does_not_stop_the_rest(self, scan):
        bad = [row("", sim=1), row("  ", sim=1), row("Minus", sim=-5), row("Word", sim="lots"), row("Huge", sim=10**30)]
        bad += [row("Nothing"), row("Whole", sim=1_000_000.0), row("Too much", total="9" * 40)]
        result = scan([*CLUB, *bad])
        assert (result["status"], result["membersProcessed"]) == ("ingested", 6)
        assert {error["index"] for error in result["errors"]} >= {5, 6, 7, 8, 9, 10, 12}
        assert all(error["message"] and error["code"] for error in result["errors"])
        assert not Member.objects.filter(display_name__in=("Minus", "Word", "Huge", "Nothing", "Too much")).exists()

    def test_with_one_good_power_keeps_that(self, scan):
        result = scan([row("Stone", sim=5, total=-1)])
        assert (result["membersProcessed"], result["errorCount"]) == (1, 1)
        assert standing(known("Stone")).sim_power == 5

    def test_on_a_complete_scan_was_there_and_has_not_left(self, scan):
        scan(CLUB)
        rows = [row("Stone", sim="unreadable"), *CLUB[1:4]]
        result = scan(rows, on_day(7), complete=True)
        assert (result["complete"], result["errorCount"]) == (True, 1)
        assert standing(known("Stone")).left_at is None
        assert standing(known("Genesia")).left_at == on_day(7)

    def test_lists_a_hundred_errors_and_counts_all(self, scan):
        result = scan([row(f"Member {number}", sim=-1) for number in range(150)])
        assert (len(result["errors"]), result["errorCount"]) == (100, 150)
        assert len(Scan.objects.get().errors) == 150


class TestDoubtfulPowers:
    def test_of_one_member_twice_are_flagged_and_the_surest_is_recorded_once(self, scan):
        rows = [row("Stone", sim=5_000, confidence=0.5), row("STONE", sim=6_000, confidence=0.9)]
        result = scan(rows)
        assert (result["membersProcessed"], result["metricsRecorded"]) == (1, 1)
        assert {each["code"] for each in result["flagged"]} == {"conflicting_power"}
        assert standing(Member.objects.get()).sim_power == 6_000

    def test_without_confidence_the_largest_counts_since_engines_lose_digits(self, scan):
        scan([row("Stone", sim=5_000), row("stone", sim=500)])
        assert standing(Member.objects.get()).sim_power == 5_000

    def test_by_two_spellings_of_one_member_are_flagged_too(self, scan):
        scan([row("Traveler12521", sim=5_000)])
        scan([row("TraveIer12521", sim=5_000)], on_day(7))
        rows = [row("Traveler12521", sim=5_100, confidence=0.9), row("TraveIer12521", sim=5_200)]
        result = scan(rows, on_day(14))
        assert (result["membersProcessed"], result["flaggedCount"]) == (1, 1)
        assert standing(Member.objects.get()).sim_power == 5_100

    @pytest.mark.parametrize(
        ("power", "recorded"), [(100, True), (99, False), (10_000, True), (10_001, False), (0, False)]
    )
    def test_more_than_ten_times_off_the_last_known_are_not_recorded(self, scan, power, recorded):
        scan([row("Stone", sim=1_000, total=77)])
        result = scan([row("Stone", sim=power, total=78)], on_day(7))
        assert standing(known("Stone")).sim_power == (power if recorded else 1_000)
        assert standing(known("Stone")).total_power == 78
        assert [(each["code"], each["index"]) for each in result["errors"]] == (
            [] if recorded else [("suspicious_power", 0)]
        )

    def test_are_recorded_once_staff_have_confirmed_them(self, scan, officer):
        scan([row("Stone", sim=1_000)])
        scan([row("Stone", sim=50_000)], on_day(7))
        correct(known("Stone"), MetricName.SIM, on_day(7).date(), 50_000, "seen in the game", officer)
        assert scan([row("Stone", sim=51_000)], on_day(14))["errorCount"] == 0
        assert standing(known("Stone")).sim_power == 51_000

    def test_of_an_old_scan_are_compared_with_what_was_known_then(self, scan):
        scan([row("Stone", sim=1_000)])
        for week in range(1, 5):
            scan([row("Stone", sim=1_000 * 8**week)], on_day(7 * week))
        assert scan([row("Stone", sim=1_100)], on_day(1))["errorCount"] == 0
        assert scan([row("Stone", sim=900)], on_day(-7))["errorCount"] == 0
        assert scan([row("Stone", sim=1_000 * 8**4)], on_day(2))["errorCount"] == 1

    def test_of_the_same_moment_read_again_are_not_held_against_each_other(self, scan):
        scan([row("Stone", sim=1_000)])
        scan([row("Stone", sim=5)], on_day(0), complete=False)
        assert standing(known("Stone")).sim_power == 5


class TestACompleteScan:
    def test_marks_who_is_not_on_it_as_left_and_a_return_takes_the_mark_away(self, scan):
        scan(CLUB)
        scan(CLUB[1:], on_day(7), complete=True)
        assert standing(known("Stone")).left_at == on_day(7)
        scan(CLUB, on_day(14))
        assert standing(known("Stone")).left_at is None

    def test_is_what_says_so_and_a_part_is_not(self, scan):
        scan(CLUB)
        assert not scan(CLUB[1:], on_day(7))["complete"]
        assert standing(known("Stone")).left_at is None

    def test_on_which_nobody_could_be_read_marks_nobody(self, scan):
        scan(CLUB)
        assert not scan([row("", sim=1)], on_day(7), complete=True)["complete"]
        assert not Latest.objects.exclude(left_at=None).exists()


class TestAPageOfAnotherType:
    @pytest.mark.parametrize(
        ("ocr", "more"),
        [
            (CLUB, {"pageType": "other"}),
            ({"text": "Guild chat\nhello everybody\nhi"}, {}),
            ({"boxes": []}, {}),
            ({"text": ""}, {}),
        ],
    )
    def test_is_skipped_with_a_reason_and_touches_nobody(self, scan, ocr, more):
        scan(CLUB)
        before = list(Latest.objects.order_by("pk").values())
        result = scan(ocr, on_day(7), complete=True, **more)
        assert (result["status"], result["pageType"], result["complete"]) == ("skipped", "other", False)
        assert result["reason"]
        assert (result["membersProcessed"], result["metricsRecorded"], result["newMembers"]) == (0, 0, 0)
        assert list(Latest.objects.order_by("pk").values()) == before
        assert Scan.objects.get(pk=result["scanId"]).status == "skipped"


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
