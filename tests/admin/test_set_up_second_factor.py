"""Staff set up their second factor on a page."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from slimy.accounts import second_factor
from slimy.accounts.models import RecoveryCode, User
from slimy.jobs.models import Job
from tests.admin.authenticator import *  # noqa: F403
from tests.admin.authenticator import (
    CODES,
    HOME,
    OFF,
    PASSWORD,
    SCAN,
    SET_UP,
    WRONG,
    code_of,
    events,
    set_up,
    sign_in,
    waiting,
    wrong_for,
)
from tests.admin.conftest import staff, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_guesses")]


class TestSettingItUp:
    def test_takes_a_password_a_scan_and_a_code(self, page, pat):
        assert "Your password alone lets you in" in text(page.get(HOME))
        assert page.post(SET_UP, {"password": PASSWORD})["Location"] == SCAN
        shown = text(page.get(SCAN))
        assert second_factor.secret_of(waiting(pat)) in shown
        assert 'viewBox="0 0' in shown
        assert "Recovery codes" in text(page.post(SCAN, {"code": code_of(waiting(pat))}))
        assert "since" in text(page.get(HOME))
        assert not sign_in("pat")

    def test_counts_for_nothing_before_it_is_confirmed(self, page, pat):
        page.post(SET_UP, {"password": PASSWORD})
        assert sign_in("pat")
        assert "Your password alone lets you in" in text(page.get(HOME))

    @pytest.mark.parametrize("code", [None, "", "x", "\0", "-1", "\u0661" * 6, "9" * 40, "9" * 41, "1" * 20])
    def test_is_not_done_by_a_wrong_code(self, page, pat, code):
        page.post(SET_UP, {"password": PASSWORD})
        response = page.post(SCAN, {"code": wrong_for(waiting(pat)) if code is None else code})
        assert second_factor.secret_of(waiting(pat)) in text(response)
        assert sign_in("pat")
        assert not RecoveryCode.objects.exists()

    def test_needs_the_password(self, page, pat):
        assert WRONG in text(page.post(SET_UP, {"password": "wrong"}))
        page.post(SET_UP, {})
        assert not TOTPDevice.objects.exists()

    def test_waits_a_quarter_of_an_hour_and_no_longer(self, page, pat):
        page.post(SET_UP, {"password": PASSWORD})
        device = waiting(pat)
        TOTPDevice.objects.update(created_at=timezone.now() - second_factor.WAITS - timedelta(seconds=1))
        assert page.get(SCAN)["Location"] == HOME
        page.post(SCAN, {"code": code_of(device)})
        assert waiting(pat)

    def test_confirms_only_ones_own_secret(self, page, pat):
        sue = staff("sue", password=PASSWORD)
        second_factor.begin(sue)
        assert page.post(SCAN, {"code": code_of(waiting(sue))})["Location"] == HOME
        page.post(SET_UP, {"password": PASSWORD})
        assert WRONG in text(page.post(SCAN, {"code": code_of(waiting(sue))}))
        assert waiting(sue)
        assert waiting(pat)

    def test_shows_the_secret_never_again(self, page, pat):
        device, codes = set_up(page, pat)
        assert len(codes) == second_factor.CODES
        places = (HOME, "/admin/", f"/admin/accounts/user/{pat.pk}/history/", SET_UP, CODES, OFF)
        later = "".join(text(page.get(place)) for place in places)
        assert second_factor.secret_of(device) not in later
        assert not any(code in later for code in codes)
        assert page.get(SCAN)["Location"] == HOME

    def test_keeps_nothing_in_caches(self, page):
        page.post(SET_UP, {"password": PASSWORD})
        assert "no-store" in page.get(SCAN)["Cache-Control"]

    def test_fits_the_policy_of_contents(self, page):
        page.post(SET_UP, {"password": PASSWORD})
        response = page.get(SCAN)
        image = re.search(r"<svg viewBox.*?</svg>", text(response))[0]
        assert not re.search(r"style=|href|script|url\(", image)
        assert "'unsafe-inline'" not in response["Content-Security-Policy"].split("script-src")[1].split(";")[0]

    def test_moves_to_another_phone_with_a_code_of_the_old_one(self, page, pat, device):
        assert WRONG in text(page.post(SET_UP, {"password": PASSWORD, "code": wrong_for(device)}))
        assert "This field is required" in text(page.post(SET_UP, {"password": PASSWORD}))
        device.refresh_from_db()
        device.throttle_reset()
        assert page.post(SET_UP, {"password": PASSWORD, "code": code_of(device)})["Location"] == SCAN
        assert sign_in("pat", code=code_of(device, 1))
        new = waiting(pat)
        page.post(SCAN, {"code": code_of(new)})
        assert TOTPDevice.objects.get(user=pat) == new
        assert not sign_in("pat", code=code_of(device, 2))

    def test_takes_a_name_of_any_kind(self):
        name = "\U0001f40c" * 150
        second_factor.begin(User.objects.create_user(name))
        from slimy.accounts.second_factor_pages import picture

        assert picture(TOTPDevice.objects.get()).startswith("<svg")


def test_where_it_is_required_nobody_turns_it_off(page, pat, settings):
    _, codes = set_up(page, pat)
    settings.STAFF_TOTP = "required"
    assert OFF not in text(page.get(HOME))
    assert page.post(OFF, {"password": PASSWORD, "code": codes[0]})["Location"] == HOME
    assert second_factor.is_on(pat)
    assert "You can move it" in text(page.get(HOME))


def test_all_of_it_is_in_the_trail_and_no_secret_is(page, pat):
    device, codes = set_up(page, pat)
    page.post(OFF, {"password": "wrong", "code": codes[0]})
    page.post(OFF, {"password": PASSWORD, "code": codes[0]})
    (made,), (gone,), (failed,) = events("totp.create"), events("totp.remove"), events("sign_in")
    assert made["actorName"] == gone["actorName"] == "pat"
    assert (failed["outcome"], failed["details"]) == ("failed", {"known": True})
    told = str([job.payload for job in Job.objects.filter(type="log_event")])
    assert not any(secret in told for secret in (device.key, second_factor.secret_of(device), *codes))
    assert [entry.change_message for entry in LogEntry.objects.order_by("pk")] == [
        "Set up a second factor.",
        "Removed the second factor.",
    ]


def test_a_menu_leads_there(page):
    assert f'href="{HOME}"' in text(page.get("/admin/"))
