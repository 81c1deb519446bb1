"""Codes of the app and recovery codes: each opens once, and guessing them is slowed down."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django_otp.plugins.otp_totp.models import TOTPDevice

from slimy.accounts import guesses, second_factor
from slimy.accounts.models import RecoveryCode, User
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
from tests.admin.conftest import signed_in, staff, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_guesses")]


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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_of_many_who_use_a_code_at_once_one_comes_in(kind):
    user = staff("pat", password=PASSWORD)
    code = code_of(second_factor.give(user)) if kind == "app" else second_factor.renew_codes(user)[0].replace(" ", "")
    start = Barrier(4)

    def one():
        try:
            start.wait(timeout=10)
            return second_factor.accepts(user, code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = [each.result() for each in [pool.submit(one) for _ in range(4)]]
    assert sorted(found) == [False, False, False, True]
