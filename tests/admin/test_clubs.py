"""Clubs in the admin: scans, and members with all that is known of them."""

import pytest

from clubs.admin.scan_rows import ScanRows
from clubs.corrections import correct
from clubs.merging import merge
from clubs.models import Latest, Member, Scan
from clubs.standings import recompute
from tests.admin.clubs import *  # noqa: F403
from tests.admin.clubs import GUILD, MEMBERS, OTHER, SCANS, ago, listed, page_of
from tests.admin.conftest import HOSTILE, JOBS, text
from tests.club import measure, new_member, whole_scan

pytestmark = pytest.mark.django_db


def test_scans_are_listed_and_found(cara, guild, doubtful, elsewhere):
    other = whole_scan(elsewhere.guild, ago(days=40))
    scan = Scan.objects.get(pk=doubtful.pk)
    assert set(listed(cara, SCANS)) == {scan, other}
    for query in (
        f"guild__id__exact={GUILD}", f"q={scan.pk}", f"q={GUILD}", "q=Snail",
        "page_type__exact=manage_members_sim", f"observed_at_from={ago(days=2):%Y-%m-%d}",
    ):  # fmt: skip
        assert listed(cara, f"{SCANS}?{query}") == [scan], query
    assert listed(cara, f"{SCANS}?status__exact=skipped") == []
    (shown,) = listed(cara, f"{SCANS}?guild__id__exact={GUILD}")
    assert shown.error_count == len(scan.errors) == 1


def test_a_scan_shows_each_row_beside_whom_it_was_taken_for(cara, doubtful, stone):
    response = cara.get(page_of(doubtful, SCANS))
    page = text(response)
    rows = {shown.name: shown for shown in response.context["table"].rows}
    assert rows["Stone"].how == "exact"
    assert page_of(stone) in str(rows["Stone"].member)
    assert rows[HOSTILE].how == "new"
    assert (rows[HOSTILE].confidence, rows[HOSTILE].last_seen) == ("91%", "5h ago")
    assert rows["Nobody"].errors == ("This is not a number.",)
    assert rows["Nobody"].doubtful
    assert response.context["table"].rows[0].doubtful
    assert f"{JOBS}{doubtful.pk}/change/" in page
    assert HOSTILE not in page
    assert "2,500,000" in page
    assert page_of(doubtful, SCANS) in text(cara.get(f"{JOBS}{doubtful.pk}/change/"))


def test_rows_lead_to_whom_their_member_was_merged_into(cara, doubtful, stone, alice):
    merge(stone, Member.objects.exclude(pk=stone.pk).get(), alice)
    shown = {row.name: row for row in cara.get(page_of(doubtful, SCANS)).context["table"].rows}
    assert page_of(stone) in str(shown[HOSTILE].member)


def test_a_large_scan_shows_some_rows_the_doubtful_ones_first(rf, root, guild, monkeypatch):
    monkeypatch.setattr("clubs.admin.scan_rows.SHOWN", 3)
    whole = {"name": "A", "simPower": 1, "memberId": None, "memberKey": "a", "how": "exact", "flags": []}
    rows = [{**whole, "index": n} for n in range(5)]
    rows[4] = {**rows[4], "how": "fuzzy"}
    scan = whole_scan(guild, ago(days=1))
    Scan.objects.update(rows=rows, errors=[{"index": None, "name": None, "code": "x", "message": "All is odd."}])
    table = ScanRows.of(Scan.objects.get(pk=scan.pk), root.get(SCANS).wsgi_request)
    assert [row.index for row in table.rows] == [None, 4, 0]
    assert (table.count, table.doubtful) == (6, 2)


def test_a_skipped_scan_says_why(cara, scanned):
    scan = scanned({"text": "Welcome to the shop"})
    page = cara.get(page_of(scan, SCANS))
    assert page.context["state"] == "Skipped"
    assert page.context["table"].rows[0].errors


def test_members_are_found_by_name_key_and_other_spelling(cara, stone, twin, elsewhere):
    for query in ("q=st0ne+king", "q=StoneKing", "q=STONE-KING!", "q=King"):
        assert listed(cara, f"{MEMBERS}?{query}") == [twin], query
    assert listed(cara, f"{MEMBERS}?guild__id__exact={OTHER}") == [elsewhere]
    assert set(listed(cara, f"{MEMBERS}?q=%21")) == set()
    assert len(listed(cara, f"{MEMBERS}?q=")) == 3


def test_members_who_left_are_marked_and_apart(cara, guild, stone, twin):
    whole_scan(guild, ago(minutes=30))  # Stone was seen since
    recompute(GUILD)
    assert listed(cara, f"{MEMBERS}?left=yes") == [twin]
    assert listed(cara, f"{MEMBERS}?left=no") == [stone]
    assert 'class="slimy-left"' in text(cara.get(f"{MEMBERS}?left=yes"))
    assert 'class="slimy-left"' not in text(cara.get(f"{MEMBERS}?left=no"))


def test_the_list_of_one_guild_is_sorted_with_what_is_unknown_at_the_bottom(cara, guild, stone, twin):
    weak = new_member(guild, "Weak", ago(days=1))
    measure(weak, ago(days=1), sim=10)
    recompute(GUILD)
    here = f"{MEMBERS}?guild__id__exact={GUILD}"
    assert listed(cara, here) == [stone, twin, weak]
    assert listed(cara, f"{here}&o=-3") == [stone, twin, weak]
    assert listed(cara, f"{here}&o=3") == [weak, twin, stone]
    assert cara.get(MEMBERS).context["cl"].sortable_by == ()  # all guilds together are too many


def test_a_list_of_many_members_takes_as_few_statements(cara, guild, stone, django_assert_num_queries):
    here = f"{MEMBERS}?guild__id__exact={GUILD}"
    for number in range(40):
        measure(new_member(guild, f"Member {number}", ago(days=9)), ago(days=9), sim=number + 1)
    recompute(GUILD)
    cara.get(here)
    with django_assert_num_queries(9):
        assert len(listed(cara, here)) == 41


def test_a_member_shows_standing_history_and_corrections(cara, stone, alice):
    correct(stone, "sim", ago(days=7).date(), 1_150_000, HOSTILE, alice)
    page = text(cara.get(page_of(stone)))
    for shown in ("1.23M", "1,234,567", "95,000,000", "1,150,000", "1,100,000", "corrected"):
        assert shown in page, shown
    assert HOSTILE not in page
    assert Latest.objects.get(member=stone).sim_previous == 1_150_000


def test_a_correction_without_a_metric_is_part_of_history(cara, guild, stone, alice):
    quiet = new_member(guild, "Quiet", ago(days=100))
    correct(quiet, "total", ago(days=90).date(), 777_777, "Said so.", alice)
    assert "777,777" in text(cara.get(page_of(quiet)))
    assert "777,777" not in text(cara.get(page_of(stone)))


def test_a_member_without_any_history_has_a_page(cara, guild):
    assert "Nothing was observed yet." in text(cara.get(page_of(new_member(guild, "Ghost", ago(days=1)))))
