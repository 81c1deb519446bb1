"""The home page: what its figures say, where they lead, who sees them."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from clubs.standings import recompute
from slimy.admin import home, panels
from slimy.jobs.admin import crew, figures
from slimy.jobs.models import Job
from slimy.redis_link import RedisAway
from tests.admin.clubs import ago
from tests.admin.conftest import failed_job, signed_in, staff, text
from tests.club import measure, new_member
from tests.conftest import GUILD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_known():
    panels.forget_all()
    figures._settled.clear()


def ended(owner, status="completed", seconds=0.2, **more):
    """A job that ended so just now."""
    end = more.pop("finished_at", timezone.now())
    started = end - timedelta(seconds=seconds)
    values = {"status": status, "errors": [], "attempts": 1, "started_at": started, "finished_at": end}
    return failed_job(owner, **values | more)


def documents(client):
    panels.forget_all()
    response = client.get("/admin/figures.json")
    assert response.status_code == 200
    return response.json()["panels"]


def figure(client, name):
    return next(each for each in documents(client)["now"]["figures"] if each["name"] == name)["value"]


def counted(client, url):
    return {job.pk for job in client.get(unescape(url)).context["cl"].result_list}


def test_every_figure_leads_to_the_jobs_that_it_counts(vera, alice, failed, waiting):
    done = ended(alice)
    for name, jobs in (
        ("Waiting", {waiting.pk}),
        ("Completed", {done.pk}),
        ("Failed", {failed.pk}),
        ("Running", set()),
    ):
        value = figure(vera, name)
        assert value["text"] == str(len(jobs)), name
        assert counted(vera, value["url"]) == jobs, name


def test_jobs_per_minute_are_told_by_outcome_and_lead_to_that_minute(vera, alice):
    minute = timezone.now().replace(second=30, microsecond=0) - timedelta(minutes=10)
    jobs = {ended(alice, finished_at=minute).pk for _ in range(3)} | {ended(alice, "failed", finished_at=minute).pk}
    ended(alice, finished_at=minute + timedelta(minutes=2))
    chart = documents(vera)["hour"]["chart"]
    place = chart["labels"].index(f"{timezone.localtime(minute):%H:%M}")
    assert [series["values"][place] for series in chart["series"]] == [3, 1, 0]
    assert counted(vera, chart["links"][place]) == jobs
    assert (len(chart["labels"]), len(documents(vera)["day"]["chart"]["labels"])) == (60, 96)


def test_what_has_ended_is_counted_once(vera, alice, django_assert_num_queries):
    ended(alice, finished_at=timezone.now() - timedelta(hours=3))
    first = documents(vera)["day"]["chart"]["series"][0]["values"]
    assert len(figures._settled) > 90
    assert sum(first) == sum(documents(vera)["day"]["chart"]["series"][0]["values"]) > 0


def test_durations_are_medians_and_95th_percentiles(vera, alice):
    for seconds in (0.1, 0.2, 0.3):
        ended(alice, seconds=seconds)
    chart = documents(vera)["durations"]["chart"]
    assert chart["labels"] == ["save_message"]
    assert [series["values"] for series in chart["series"]] == [[200.0], [290.0]]


def test_failures_are_told_by_code_and_lead_to_them(vera, alice, failed):
    other = failed_job(alice, errors=[{"code": "first"}, {"code": "job_timeout", "message": "Too slow."}])
    chart = documents(vera)["failures"]["chart"]
    assert chart["labels"] == ["internal_error", "job_timeout"]
    assert counted(vera, chart["links"][1]) == {other.pk}
    assert counted(vera, chart["links"][0]) == {failed.pk}


def test_queues_say_how_many_wait_and_how_long(vera, alice, waiting):
    Job.objects.filter(pk=waiting.pk).update(available_at=timezone.now() - timedelta(minutes=5))
    failed_job(alice, status="queued", attempts=1, finished_at=None, available_at=timezone.now() + timedelta(hours=1))
    row = next(row for row in documents(vera)["queues"]["table"]["rows"] if row[0]["text"] == "database")
    assert [cell["text"] for cell in row] == ["database", "1", "5 min", "1", "0", "open"]
    assert row[2]["tone"] == "warn"


def test_clubs_show_the_trend_of_the_week(guild):
    member = new_member(guild, "Stone", ago(days=8))
    measure(member, ago(days=8), total=100_000_000)
    measure(member, ago(hours=1), total=110_000_000)
    recompute(GUILD)
    client = signed_in(staff("cleo", "view_member", "view_club"))
    assert list(documents(client)) == ["clubs"]
    (row,) = documents(client)["clubs"]["table"]["rows"]
    assert [cell["text"] for cell in row][:4] == ["Snail Keepers", "1", "110M", "+10.00 %"]
    assert client.get(row[0]["url"]).status_code == 200


def test_the_page_shows_charts_with_the_same_as_tables(vera, alice):
    ended(alice)
    page = text(vera.get("/admin/"))
    for name in ("hour", "day", "durations"):
        data = json.loads(re.search(rf'<script id="chart-{name}" type="application/json">(.*?)</script>', page)[1])
        assert f'data-panel-chart="chart-{name}"' in page
        assert f'<tbody id="rows-{name}" data-live>' in page
        assert data["labels"]


def test_what_clients_sent_is_escaped_in_charts_and_tables(vera, alice):
    hostile = "</script><script>alert(1)</script>"
    failed_job(alice, errors=[{"code": hostile, "message": hostile}], type=hostile[:64])
    assert hostile not in text(vera.get("/admin/"))
    assert "<script>alert" not in text(vera.get("/admin/"))


def test_staff_see_only_what_they_may(sam, alice):
    client = signed_in(sam)
    assert client.get("/admin/figures.json").status_code == 403
    assert "Jobs per minute" not in text(client.get("/admin/"))
    assert signed_in(alice).get("/admin/figures.json").status_code == 302


def test_without_redis_the_page_says_so(vera, monkeypatch):
    def gone():
        raise RedisAway

    monkeypatch.setattr(crew, "_entries", gone)
    assert "Redis doesn&#x27;t answer" in text(vera.get("/admin/"))


def test_a_panel_that_takes_too_long_leaves_the_others(vera, monkeypatch):
    monkeypatch.setattr(home, "PATIENCE", "30ms")
    monkeypatch.setattr(figures, "_FAILURES", "SELECT pg_sleep(3), %(queues)s::text[], %(since)s, %(latest)s")
    found = documents(vera)
    assert "too long" in found["failures"]["note"]
    assert found["queues"]["table"]["rows"]


def test_figures_are_shared_for_a_moment(vera, failed, django_assert_max_num_queries):
    vera.get("/admin/figures.json")
    with django_assert_max_num_queries(70) as queries:
        vera.get("/admin/figures.json")
    assert not [query for query in queries.captured_queries if "slimy_job" in query["sql"]]
