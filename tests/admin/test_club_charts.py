"""Charts of clubs: what is drawn, exact beside short, and nothing that a strict content policy would refuse."""

import json
import re

import pytest
from django.utils import timezone

from clubs.charts import MOST_POINTS, WEEKS, Trend, club_charts, member_charts, trends
from clubs.choices import MetricName
from clubs.corrections import correct
from clubs.models import Metric
from clubs.standings import recompute
from tests.admin.clubs import *  # noqa: F403
from tests.admin.clubs import CLUBS, CORRECTIONS, GUILD, MEMBERS, OTHER, PAGE, SCANS, ago, page_of
from tests.admin.conftest import HOSTILE, signed_in, staff, text
from tests.club import measure, new_member, whole_scan

pytestmark = pytest.mark.django_db

SPARKLINE = re.compile(r'<svg class="slimy-sparkline.*?</svg>')


def weeks(member, *totals, sim=None):
    """One observation a week, the last one just now."""
    for before, total in enumerate(reversed(totals)):
        if total is not None:
            measure(member, ago(weeks=before, minutes=1), sim, total)


def club():
    """(value, members) of each week, of the chart of total power."""
    (chart,) = [chart for chart in club_charts(GUILD, timezone.now()) if chart["metric"] == "total"]
    return [(point["value"], int(point["exact"].split(" · ")[1].split()[0])) for point in chart["points"]]


def drawn(page):
    """The documents that the page's charts are drawn from."""
    return {
        name: json.loads(document)
        for name, document in re.findall(r'<script id="(chart-\w+)" type="application/json">(.*?)</script>', page)
    }


# --- A sparkline a member


def test_trends_are_weeks_of_the_metric_of_which_more_is_known(guild):
    total, sim = new_member(guild, "Total", ago(weeks=9)), new_member(guild, "Sim", ago(weeks=9))
    weeks(total, 1, 2, 3, None, 5)
    measure(total, ago(weeks=20), total=99)
    weeks(sim, None, None, 7, sim=4)
    measure(sim, ago(weeks=1), sim=3)
    found = trends([total.pk, sim.pk], timezone.now())
    assert found[total.pk] == Trend(MetricName.TOTAL, ((3, 1), (4, 2), (5, 3), (7, 5)))
    assert found[sim.pk] == Trend(MetricName.SIM, ((6, 3), (7, 4)))


def test_of_a_week_its_last_observation_counts_corrected(guild, alice):
    member = new_member(guild, "Twice", ago(weeks=3))
    for hours, total in ((30, 10), (20, 20), (10, 30)):
        measure(member, ago(hours=hours), total=total)
    assert trends([member.pk], timezone.now())[member.pk].points == ((WEEKS - 1, 30),)
    correct(member, "total", ago(hours=10).date(), 44, "Seen.", alice)
    assert trends([member.pk], timezone.now())[member.pk].points[-1] == (WEEKS - 1, 44)


def test_all_trends_take_one_statement(guild, django_assert_num_queries):
    members = [new_member(guild, f"Member {number}", ago(weeks=9)) for number in range(30)]
    for member in members:
        weeks(member, 1, 2, 3)
    with django_assert_num_queries(1):
        assert len(trends([member.pk for member in members], timezone.now())) == 30


def test_each_member_of_the_list_has_a_sparkline_that_says_what_it_shows(cara, guild, stone):
    rising, falling, alike, new = (new_member(guild, name, ago(weeks=8)) for name in ("Up", "Down", "Same", "New"))
    weeks(rising, 1_000_000, None, 2_000_000)
    weeks(falling, 5_000_000_000, 4_000_000_000)
    weeks(alike, 7, 7)
    weeks(new, 1)
    recompute(GUILD)
    lines = SPARKLINE.findall(text(cara.get(f"{MEMBERS}?guild__id__exact={GUILD}")))
    assert len(lines) == 4
    assert any("slimy-up" in line and "Total power, 2 of 8 weeks: from 1M to 2M" in line for line in lines)
    assert any("slimy-down" in line and "Total power, 2 of 8 weeks: from 5B to 4B" in line for line in lines)
    assert any("slimy-same" in line for line in lines)
    for line in lines:
        assert 'role="img" aria-label="' in line
        assert not re.search(r"style=|onload|<script", line)
        for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", line.split('points="')[1].split('"')[0]):
            assert 0 <= float(x) <= 90, line
            assert 0 <= float(y) <= 24, line


# --- A member


def test_a_members_charts_hold_exact_numbers_as_text_and_mark_corrections(guild, alice):
    member = new_member(guild, "Huge", ago(weeks=5))
    weeks(member, 10**15, 999_999_999_999_999, sim=14_321_191)
    correct(member, "sim", ago(minutes=1).date(), 15_000_001, "Seen.", alice)
    total, sim = member_charts(member.pk)
    assert [point["exact"] for point in total["points"]] == ["1,000,000,000,000,000", "999,999,999,999,999"]
    assert [(point["short"], point["corrected"]) for point in sim["points"]] == [("14.3M", False), ("15M", True)]
    assert [total["title"], sim["title"]] == ["Total power", "Sim power"]


def test_a_long_history_is_drawn_with_its_newest_points(guild):
    member = new_member(guild, "Old", ago(days=1000))
    Metric.objects.bulk_create(
        Metric(guild=guild, member=member, name="Old", total_power=n, observed_at=ago(hours=n))
        for n in range(MOST_POINTS + 5)
    )
    (chart,) = member_charts(member.pk)
    assert [point["value"] for point in chart["points"]] == list(range(MOST_POINTS))[::-1]


# --- A club


def test_a_clubs_total_carries_on_whom_a_scan_didnt_show(guild):
    first, second = (new_member(guild, name, ago(weeks=9)) for name in ("First", "Second"))
    weeks(first, 100, 110, 120)
    weeks(second, 10, None, 30)
    assert club() == [(110, 2), (120, 2), (150, 2)]


def test_who_is_not_on_a_complete_scan_is_not_in_the_total_until_back(guild):
    here, back = (new_member(guild, name, ago(weeks=9)) for name in ("Here", "Back"))
    weeks(here, 100, 100, 100, 100)
    weeks(back, 7, None, None, 9)
    for before in range(4):
        whole_scan(guild, here.metrics.order_by("-observed_at")[before].observed_at)
    assert club() == [(107, 2), (100, 1), (100, 1), (109, 2)]


def test_somebody_whose_name_alone_was_read_has_not_left(guild):
    here, glimpsed = (new_member(guild, name, ago(weeks=9)) for name in ("Here", "Glimpsed"))
    weeks(here, 100, 100)
    weeks(glimpsed, 7, None)
    whole_scan(guild, here.metrics.latest("observed_at").observed_at)
    assert club()[-1] == (100, 1)
    glimpsed.last_seen_at = timezone.now()
    glimpsed.save()
    assert club()[-1] == (107, 2)


def test_somebody_with_a_power_of_zero_is_a_member(guild):
    weeks(new_member(guild, "Zero", ago(weeks=9)), 0, 0)
    assert club() == [(0, 1), (0, 1)]


def test_other_clubs_and_long_ago_are_not_in_it(guild, elsewhere):
    weeks(new_member(guild, "Here", ago(weeks=60)), 5)
    measure(new_member(guild, "Once", ago(weeks=60)), ago(weeks=52), total=1_000)
    measure(elsewhere, ago(days=1), total=999)
    assert club() == [(5, 1)]


def test_a_club_of_any_size_takes_one_statement(guild, django_assert_num_queries):
    for number in range(30):
        weeks(new_member(guild, f"Member {number}", ago(weeks=9)), number, number + 1)
    with django_assert_num_queries(1):
        assert club() == [(435, 30), (465, 30)]


# --- Pages


def test_the_page_of_a_club_shows_figures_movers_and_standings(cara, guild, stone):
    falling = new_member(guild, HOSTILE, ago(weeks=1))
    weeks(falling, 3_000_000_000, 2_000_000_000)
    recompute(GUILD)
    response = cara.get(PAGE)
    page = text(response)
    assert HOSTILE not in page
    for shown in ("2.1B", "2,095,000,000", "−33.33 %", "▲ +5.56 %", "Gained most", "Total power together"):
        assert shown in page, shown
    movers = {title: [one.member for one, _ in rows] for title, rows in response.context["movers"]}
    assert movers == {"Gained most": [stone], "Lost most": [falling], "Joined": [falling], "Left": []}
    charts = drawn(page)
    assert [point["value"] for point in charts["chart-total"]["points"]][-1] == 2_095_000_000
    assert set(charts) == {"chart-sim", "chart-total"}


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("", "Strong"), ("-total", "Strong"), ("total", "Weak"), ("name", "Strong"), ("-name", "Weak"),
        ("-sim", "Weak"), ("x'; DROP TABLE clubs_latest", "Strong"), ("seen", "Strong"),
    ],
)  # fmt: skip
def test_standings_are_sorted_by_any_column(cara, guild, sort, first):
    strong, weak = (new_member(guild, name, ago(weeks=1)) for name in ("Strong", "Weak"))
    measure(strong, ago(days=2), total=2)
    measure(weak, ago(days=1), total=1, sim=1)
    recompute(GUILD)
    response = cara.get(PAGE, {"sort": sort})
    assert response.context["standings"][0][0].member.display_name == first
    assert len([head for head in response.context["heads"] if head.sorted]) == 1


def test_the_page_of_a_club_takes_as_many_statements_for_many_members(
    cara, guild, stone, django_assert_max_num_queries
):
    for number in range(60):
        weeks(new_member(guild, f"Member {number}", ago(weeks=9)), number, number + 1)
    recompute(GUILD)
    cara.get(PAGE)
    with django_assert_max_num_queries(18):
        assert len(cara.get(PAGE).context["standings"]) == 61


def test_clubs_are_listed_with_what_they_have_together(cara, guild, stone, elsewhere, django_assert_max_num_queries):
    Metric.objects.filter(member=elsewhere).delete()
    with django_assert_max_num_queries(8):
        response = cara.get(CLUBS)
    found = {club.pk: (club.member_count, club.total_sum, club.sim_sum) for club in response.context["cl"].result_list}
    assert found == {GUILD: (1, 95_000_000, 1_234_567), OTHER: (None, None, None)}


def test_a_club_that_nobody_scanned_has_a_page(cara, guild):
    assert "Nobody was seen yet." in text(cara.get(PAGE))


def test_figures_are_for_those_who_may_see_members(guild, stone):
    page = text(signed_in(staff("lars", "view_club")).get(PAGE))
    assert "Stone" not in page
    assert "95,000,000" not in page


def test_our_pages_have_no_script_or_style_of_their_own_in_their_text(cara, stone, doubtful, alice):
    """Those of unfold's frame aside, so that a content policy can forbid them."""
    correction = correct(stone, "sim", ago(days=7).date(), 5, "So.", alice)
    ours = re.compile(r"<main.*?</main>|<div id=\"content-main\">.*", re.S)
    for page in (PAGE, page_of(stone), page_of(doubtful, SCANS), page_of(correction, CORRECTIONS)):
        main = ours.search(text(cara.get(page)))[0]
        section = "".join(re.findall(r"<section.*?</section>", main, re.S))
        assert not re.search(r"<script(?! id=\"chart-\w+\" type=\"application/json\")|style=|\son\w+=", section), page
