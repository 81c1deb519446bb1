"""Staff set up their second factor on a page, and whoever isn't they can't."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from slimy.accounts import guesses, second_factor
from slimy.accounts.models import RecoveryCode, User
from slimy.jobs.models import Job
from tests.admin.conftest import signed_in, staff, text

pytestmark = pytest.mark.django_db

HOME = "/admin/second-factor/"
SET_UP, SCAN, CODES, OFF = (f"{HOME}{name}/" for name in ("set-up", "scan", "codes", "off"))
PASSWORD = "a long word of mine"
WRONG = "isn&#x27;t right"


@pytest.fixture(autouse=True)
def nothing_counted(monkeypatch):
    monkeypatch.setattr(guesses, "_local", guesses.Counter())


@pytest.fixture
def pat():
    return staff("pat", password=PASSWORD)


@pytest.fixture
def page(pat):
    return signed_in(pat)


@pytest.fixture
def device(pat):
    """Pat's, in use."""
    second_factor.begin(pat)
    device = TOTPDevice.objects.get(user=pat)
    device.confirmed = True
    device.save()
    return device


def code_of(device, steps=0):
    return f"{TOTP(device.bin_key, drift=steps).token():06}"


def waiting(user):
    return TOTPDevice.objects.get(user=user, confirmed=False)


def wrong_for(device):
    """Six digits that are right neither now nor around now."""
    right = {code_of(device, steps) for steps in range(-3, 4)}
    return next(f"{number:06}" for number in range(10) if f"{number:06}" not in right)


def set_up(page, user):
    """Through the pages. Returns the device and the recovery codes."""
    page.post(SET_UP, {"password": PASSWORD})
    device = waiting(user)
    shown = text(page.post(SCAN, {"code": code_of(device)}))
    return device, re.findall(r"<li><code>([\d ]+)</code></li>", shown)


def sign_in(name, **more):
    data = {"username": name, "password": PASSWORD, **more}
    return Client().post("/admin/login/", data).status_code == 302


def events(action):
    return [job.payload for job in Job.objects.filter(type="log_event", payload__action=action).order_by("number")]


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


class TestACode:
    def test_that_confirmed_opens_nothing_more(self, page, pat):
        device, _ = set_up(page, pat)
        code = code_of(device)
        assert not sign_in("pat", code=code)
        assert WRONG in text(page.post(OFF, {"password": PASSWORD, "code": code}))

    def test_that_signed_in_turns_nothing_off(self, page, pat, device):
        code = code_of(device)
        assert sign_in("pat", code=code)
        page.post(OFF, {"password": PASSWORD, "code": code})
        assert second_factor.is_on(pat)

    def test_isnt_used_up_by_a_wrong_password(self, page, pat, device):
        code = code_of(device)
        assert WRONG in text(page.post(OFF, {"password": "wrong", "code": code}))
        page.post(OFF, {"password": PASSWORD, "code": code})
        assert not second_factor.is_on(pat)

    def test_that_is_guessed_counts_as_a_guess_to_sign_in(self, page, pat, device):
        for _ in range(guesses.PER_PAIR):
            page.post(OFF, {"password": PASSWORD, "code": wrong_for(device)})
        TOTPDevice.objects.update(throttling_failure_count=0)
        right = {"password": PASSWORD, "code": code_of(device)}
        for place in (OFF, CODES, SET_UP):
            assert "Too many tries" in text(page.post(place, right))
        assert not sign_in("pat", code=code_of(device))
        assert second_factor.is_on(pat)

    def test_to_confirm_cannot_be_guessed_either(self, page, pat):
        page.post(SET_UP, {"password": PASSWORD})
        for _ in range(guesses.PER_PAIR):
            page.post(SCAN, {"code": wrong_for(waiting(pat))})
        assert "Too many tries" in text(page.post(SCAN, {"code": code_of(waiting(pat))}))

    def test_of_somebody_else_is_no_help(self, page, pat, device):
        sue, _ = staff("sue", password=PASSWORD), second_factor.begin(User.objects.get(username="sue"))
        theirs = waiting(sue)
        TOTPDevice.objects.filter(pk=theirs.pk).update(confirmed=True)
        page.post(OFF, {"password": PASSWORD, "code": code_of(theirs), "user": sue.pk, "device": theirs.pk})
        assert second_factor.is_on(pat)
        assert second_factor.is_on(sue)


class TestARecoveryCode:
    def test_lets_in_once(self, page, pat):
        _, codes = set_up(page, pat)
        assert sign_in("pat", code=codes[0])
        assert not sign_in("pat", code=codes[0])
        assert sign_in("pat", code=codes[1].replace(" ", "-"))
        assert [event["details"]["left"] for event in events("totp.recovery")] == [9, 8]

    def test_is_kept_as_a_hash_only(self, page, pat):
        _, codes = set_up(page, pat)
        kept = " ".join(RecoveryCode.objects.values_list("digest", flat=True))
        assert not any(code.replace(" ", "") in kept for code in codes)
        assert len(set(codes)) == RecoveryCode.objects.count() == second_factor.CODES

    def test_does_not_help_without_the_password(self, page, pat):
        _, codes = set_up(page, pat)
        assert not sign_in("pat", code=codes[0], password="wrong")
        assert pat.recovery_codes.count() == second_factor.CODES

    def test_of_somebody_else_does_not_let_in(self, page, pat):
        _, codes = set_up(page, pat)
        sue = staff("sue", password=PASSWORD)
        set_up(signed_in(sue), sue)
        assert not sign_in("sue", code=codes[0])
        assert pat.recovery_codes.count() == second_factor.CODES

    def test_is_replaced_by_new_ones(self, page, pat):
        _, codes = set_up(page, pat)
        shown = text(page.post(CODES, {"password": PASSWORD, "code": codes[0]}))
        new = re.findall(r"<li><code>([\d ]+)</code></li>", shown)
        assert not sign_in("pat", code=codes[1])
        assert sign_in("pat", code=new[1])
        assert len(events("totp.codes")) == 1

    def test_turns_it_off_when_the_phone_is_lost(self, page, pat):
        _, codes = set_up(page, pat)
        page.post(OFF, {"password": PASSWORD, "code": codes[0]})
        assert sign_in("pat")
        assert not RecoveryCode.objects.exists()

    def test_isnt_there_without_a_second_factor(self, page):
        assert page.post(CODES, {"password": PASSWORD})["Location"] == HOME
        assert not RecoveryCode.objects.exists()


class TestNobodyElse:
    @pytest.mark.parametrize("place", [HOME, SET_UP, SCAN, CODES, OFF, f"{HOME}1/reset/"])
    def test_comes_to_the_pages(self, place, alice):
        for client in (Client(), signed_in(alice)):
            for response in (client.get(place), client.post(place, {"password": PASSWORD, "code": "000000"})):
                assert response.status_code == 302
                assert response["Location"].startswith("/admin/login/")

    @pytest.mark.parametrize("place", [SET_UP, SCAN, CODES, OFF])
    def test_acts_by_a_form_on_another_site(self, place, pat, device):
        client = Client(enforce_csrf_checks=True)
        client.force_login(pat)
        assert client.post(place, {"password": PASSWORD, "code": code_of(device)}).status_code == 403
        assert TOTPDevice.objects.get() == device

    def test_resets_without_being_a_superuser(self, page, olga):
        sue = staff("sue", password=PASSWORD)
        set_up(signed_in(sue), sue)
        for client in (page, olga):
            assert client.get(f"{HOME}{sue.pk}/reset/").status_code == 403
            assert client.post(f"{HOME}{sue.pk}/reset/", {"password": PASSWORD}).status_code == 403
        assert second_factor.is_on(sue)


class TestASuperuser:
    @pytest.fixture
    def boss(self):
        return staff("boss", is_superuser=True, password=PASSWORD)

    def test_removes_that_of_who_lost_the_phone(self, page, pat, boss):
        set_up(page, pat)
        office = signed_in(boss)
        assert f"{HOME}{pat.pk}/reset/" in text(office.get(f"/admin/accounts/user/{pat.pk}/change/"))
        reset = f"{HOME}{pat.pk}/reset/"
        assert WRONG in text(office.post(reset, {"password": "wrong"}))
        assert second_factor.is_on(pat)
        assert "is removed" in text(office.post(reset, {"password": PASSWORD}, follow=True))
        assert sign_in("pat")
        assert not RecoveryCode.objects.exists()
        (event,) = events("totp.remove")
        assert (event["actorName"], event["resource"]) == ("boss", f"accounts.user/{pat.pk}")
        assert "had no second factor" in text(office.post(reset, {"password": PASSWORD}, follow=True))

    def test_needs_their_own_code_for_it_when_they_have_one(self, page, pat, boss):
        set_up(page, pat)
        office = signed_in(boss)
        _, codes = set_up(office, boss)
        reset = f"{HOME}{pat.pk}/reset/"
        office.post(reset, {"password": PASSWORD})
        assert second_factor.is_on(pat)
        office.post(reset, {"password": PASSWORD, "code": codes[0]})
        assert not second_factor.is_on(pat)
        assert second_factor.is_on(boss)

    def test_does_not_go_round_their_own_code(self, boss):
        office = signed_in(boss)
        set_up(office, boss)
        assert office.post(f"{HOME}{boss.pk}/reset/", {"password": PASSWORD})["Location"] == HOME
        assert second_factor.is_on(boss)

    def test_is_told_that_there_is_no_such_user(self, boss):
        assert signed_in(boss).get(f"{HOME}{'9' * 18}/reset/").status_code == 404
        assert signed_in(boss).get(f"{HOME}{'9' * 40}/reset/").status_code == 404


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
