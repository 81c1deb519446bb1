"""The browser obeys our Content-Security-Policy, and no page misses anything."""

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, reverse

from slimy.jobs.queue import add_job
from tests.admin.clubs import PAGE
from tests.conftest import GUILD

RQS_OWN = "$(...).actions is not a function"  # django-rq's pages call what Django 5 no longer has
LISTEN = "addEventListener('securitypolicyviolation', e => console.error('policy', e.violatedDirective, e.blockedURI))"


def lists_and_forms():
    """Every list of the admin, and every form to add something."""
    for model in admin.site._registry:
        for kind in ("changelist", "add"):
            try:
                yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}")
            except NoReverseMatch:
                continue


@pytest.fixture
def screen(screens):
    screens[0].page.add_init_script(LISTEN)
    return screens[0]


def test_no_page_of_the_admin_breaks_the_policy(screen, alice, guild, stone):
    job = add_job("database", "zoo", {"how": "complete"}, alice)
    others = [
        "/admin/",
        "/admin/database/",
        PAGE,
        f"/admin/jobs/job/{job.pk}/change/",
        f"/admin/guilds/guild/{GUILD}/change/",
        f"/admin/accounts/user/{alice.pk}/change/",
        f"/admin/accounts/user/{alice.pk}/password/",
        "/admin/password_change/",
        "/admin/second-factor/",
        "/admin/second-factor/set-up/",
        "/admin/rq/",
        "/admin/rq/queues/0/",
        "/admin/rq/workers/0/",
    ]
    seen = 0
    for path in [*lists_and_forms(), *others]:
        answer = screen.page.goto(f"{screen.url}{path}", wait_until="load")
        assert answer.status in (200, 403), (path, answer.status)
        assert answer.status == 200 or path.endswith("/add/"), path
        assert answer.headers["content-security-policy"]
        screen.wrong[:] = [said for said in screen.wrong if "403" not in said and said != RQS_OWN]
        assert not screen.wrong, (path, screen.wrong)
        seen += answer.status == 200
    assert seen > 25


def test_the_page_of_the_api_works_under_its_policy(screen):
    page = screen.go("/api/docs")
    page.get_by_text("/api/chat/conversations", exact=True).first.wait_for()
    assert not screen.wrong, screen.wrong


def test_a_script_that_somebody_smuggles_in_does_not_run(screen):
    page = screen.go("/admin/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.smuggled = 1\">')")
    page.wait_for_timeout(300)
    assert page.evaluate("window.smuggled") is None
    assert any("script-src" in said for said in screen.wrong)


def test_staff_see_the_page_to_sign_in(strangers):
    for screen in strangers:
        page = screen.go("/admin/login/")
        assert page.get_by_label("Code").is_visible()
        screen.check("sign-in")
