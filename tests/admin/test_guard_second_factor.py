"""Nobody touches the second factor of somebody else, but a superuser who proves who they are."""

import pytest
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from slimy.accounts import second_factor
from slimy.accounts.models import RecoveryCode
from tests.admin.authenticator import *  # noqa: F403
from tests.admin.authenticator import CODES, HOME, OFF, PASSWORD, SCAN, SET_UP, WRONG, code_of, events, set_up, sign_in
from tests.admin.conftest import signed_in, staff, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_guesses")]


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
