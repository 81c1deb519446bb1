"""What of a scan is believed, and of whom: names, bad rows, doubtful powers, complete scans, other pages."""

import pytest

from clubs.choices import MetricName
from clubs.corrections import correct
from clubs.merging import merge
from clubs.models import Latest, Member, MemberAlias, Scan
from tests.club import *  # noqa: F403
from tests.club import CLUB, known, on_day, row, standing

pytestmark = pytest.mark.usefixtures("rings")


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
