"""Screenshots are dropped, read by a real worker, reviewed with keys, and stand in the standings."""

import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from clubs.models import Finding, Latest
from clubs.review.decisions import skip
from slimy.accounts.models import User
from tests import reviewed
from tests.club import measure, new_member
from tests.conftest import GUILD
from tests.screen import club
from tests.screenshots.drawn import as_file, scan


@pytest.fixture
def page(browser, live_server, transactional_db):
    """A page with Rosa signed in, who may everything; nothing may go wrong on it."""
    client, wrong = Client(), []
    client.force_login(User.objects.create_superuser("rosa"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = context.new_page()
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    page.goto("about:blank")
    context.close()
    assert wrong == []


@pytest.fixture
def known(guild):
    """The club a week ago: without the fourth, the third spelt otherwise, the sixth three times as strong."""
    members, week = scan()[0], timezone.now() - timedelta(days=7)
    for place, member in enumerate(members):
        name = "Marrov" if place == 2 else member.name
        if place != 3:
            measure(new_member(guild, name, week), week, sim=member.power * (3 if place == 5 else 1))
    return members


def test_screenshots_become_standings(page, known, worker, recorded_engine):
    files = [
        {"name": f"{number}.png", "mimeType": "image/png", "buffer": as_file(picture)}
        for number, picture in enumerate(scan()[1])
    ]
    page.goto(f"/admin/clubs/club/{GUILD}/screenshots/")
    page.set_input_files("[name=pictures]", files)
    assert page.locator("#thumbs li").count() == 2
    options = json.dumps(settings.STORAGES["screenshots"]["OPTIONS"])
    page.get_by_role("button", name="Upload and read").click()
    page.locator("#reading").wait_for()
    with worker(queues=("ocr",), OCR="1", OCR_ENGINE=settings.OCR["ENGINE"], SCREENSHOT_STORAGE_OPTIONS=options):
        page.locator("#desk").wait_for()  # by itself

    rows = page.locator("form[data-open]")
    assert [rows.nth(place).get_attribute("aria-label") for place in range(3)] == ["Marrow", "TKLQUartz", "Oxym"]
    assert Finding.objects.filter(state="accepted").count() == 7
    assert page.locator("rect.slimy-is-doubtful").count() == 3

    page.locator(".slimy-row.slimy-here", has_text="Similar name").wait_for()
    page.keyboard.press("a")  # the third is the one who was spelt otherwise
    page.get_by_text("Accepted Marrow.").wait_for()
    page.locator(".slimy-row.slimy-here", has_text="New member?").wait_for()
    page.keyboard.press("n")
    page.get_by_text("Accepted TKLQUartz.").wait_for()
    page.keyboard.press("e")
    page.keyboard.press("Tab")
    page.keyboard.type("19,551,369")
    page.keyboard.press("Enter")
    page.get_by_text("Everything is decided.").wait_for()

    page.get_by_role("link", name="Standings").click()
    page.locator("#standings", has_text="19,551,369").wait_for()
    standings = {latest.member.display_name: latest.sim_power for latest in Latest.objects.select_related("member")}
    expected = {member.name: member.power for member in known} | {"Oxym": 19_551_369}
    expected["Marrov"] = expected.pop("Marrow")
    assert standings == expected


def test_a_decision_that_comes_second_is_told(page, known, work, recorded_engine, rings, sam):
    reviewed.boxed(User.objects.get(username="rosa"), [reviewed.page(club(6))])
    work()
    finding = Finding.objects.filter(state="open").order_by("index").first()
    page.goto(f"/admin/clubs/upload/{finding.upload_id}/change/")
    page.locator(".slimy-row.slimy-here").first.wait_for()
    skip(finding.upload_id, finding.pk, finding.version, sam)
    page.keyboard.press("a")
    page.get_by_text("sam has decided this row meanwhile: skipped.").wait_for()
    finding.refresh_from_db()
    assert finding.state == "skipped"
