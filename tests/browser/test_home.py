"""Sign in, and see whether work flows."""

from datetime import timedelta

import pytest
from django.utils import timezone

from slimy.admin import panels
from slimy.jobs.models import Job
from tests.admin.conftest import failed_job
from tests.browser.conftest import PASSWORD
from tests.browser.screens import chromium

DRAWN = """name => {
  const canvas = document.querySelector(`[data-panel-chart="chart-${name}"]`);
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return data.some((value, n) => n % 4 === 3 && value > 0);
}"""
TOTAL = """name => {
  const { datasets } = Chart.getChart(document.querySelector(`[data-panel-chart="chart-${name}"]`)).data;
  return datasets.flatMap(({ data }) => data).reduce((sum, value) => sum + value, 0);
}"""


def a_busy_hour(owner):
    """Jobs that ended in every way."""
    now = timezone.now()
    for n in range(30):
        end = now - timedelta(minutes=n)
        times = {"started_at": end - timedelta(milliseconds=20 + 9 * n), "finished_at": end}
        failed_job(owner, status="completed", errors=[], **times)
        if n % 7 == 0:
            failed_job(owner, **times)
    Job.objects.create(owner=owner, queue="database", type="save_message", payload={})


def test_staff_sign_in_and_see_charts(strangers, root, alice, stone):
    a_busy_hour(alice)
    for screen in strangers:
        page = screen.go("/admin/")
        assert page.url.endswith("/admin/login/?next=/admin/")
        page.get_by_label("Username").fill("root")
        page.get_by_label("Password").fill("wrong")
        screen.press("Log in")
        assert page.get_by_text("Please enter the correct username and password").count() == 1
        screen.check("login")
        page.get_by_label("Username").fill("root")
        page.get_by_label("Password").fill(PASSWORD)
        screen.press("Log in")
        for name in ("hour", "day", "durations", "failures"):
            assert page.evaluate(DRAWN, name), (screen.mode, name)
        assert page.evaluate(TOTAL, "hour") == 35
        screen.check("home")


def test_the_home_page_renews_itself_without_a_reload(screens, alice):
    a_busy_hour(alice)
    screen = screens[0]
    page = screen.go("/admin/")
    page.evaluate("window.stays = true")
    assert page.evaluate(TOTAL, "failures") == 5
    failed_job(alice)
    panels.forget_all()
    screen.renew()
    page.wait_for_function(f"({TOTAL})('failures') === 6")
    assert page.evaluate("window.stays")
    assert page.locator("#figures-now").get_by_role("link", name="6", exact=True).count() == 1
    assert not screen.wrong


def test_a_figure_leads_to_its_jobs(screens, alice):
    a_busy_hour(alice)
    for screen in screens:
        page = screen.go("/admin/")
        page.locator("#figures-now").get_by_role("link", name="5", exact=True).click()
        page.wait_for_url("**status=failed**")
        assert page.locator("#result_list tbody").count() == 5


def test_without_a_browser_these_tests_fail(monkeypatch):
    monkeypatch.setenv("PATH", "")
    for ci, how in (("true", "ci/run"), ("", "Debian")):
        monkeypatch.setenv("CI", ci)
        with pytest.raises(pytest.fail.Exception, match=how):
            chromium()
