"""Whoever guesses is slowed down; nobody is kept out by somebody else; a second factor is asked for."""

import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from slimy.accounts import guesses
from slimy.accounts.models import User
from slimy.jobs.models import Job

LOGIN = "/admin/login/?next=/admin/"
PASSWORD = "a long word of mine"


@pytest.fixture(autouse=True)
def root(db, monkeypatch):
    monkeypatch.setattr(guesses, "_local", guesses.Counter())
    return User.objects.create_superuser("root", password=PASSWORD)


def sign_in(client=None, password=PASSWORD, name="root", address="10.0.0.1", **more):
    client = client or Client()
    data = {"username": name, "password": password, **more}
    return client.post(LOGIN, data, REMOTE_ADDR=address)


def is_in(response):
    return response.status_code == 302 and response["Location"] == "/admin/"


def is_told_to_wait(response):
    return response.status_code == 200 and b"Too many tries" in response.content


def test_the_right_password_opens():
    assert is_in(sign_in())


def test_who_came_by_no_other_page_comes_to_the_first():
    response = Client().post("/admin/login/", {"username": "root", "password": PASSWORD})
    assert is_in(response)


def test_after_five_guesses_even_the_right_password_has_to_wait():
    for _ in range(5):
        assert b"Too many" not in sign_in(password="wrong").content
    assert is_told_to_wait(sign_in())


def test_signing_in_rightly_is_no_guess():
    for _ in range(12):
        assert is_in(sign_in())


def test_others_come_in_from_elsewhere_meanwhile():
    for _ in range(9):
        sign_in(password="wrong")
    assert is_in(sign_in(address="10.0.0.2"))


def test_the_door_opens_again(monkeypatch):
    for _ in range(6):
        sign_in(password="wrong")
    now = time.time()
    monkeypatch.setattr("slimy.accounts.guesses.time.time", lambda: now + guesses.QUARTER)
    assert is_in(sign_in())


def test_guessing_from_everywhere_closes_the_door_for_strangers_but_not_for_a_known_browser():
    mine = Client()
    assert is_in(sign_in(mine))
    del mine.cookies["sessionid"]
    for number in range(guesses.PER_NAME + 5):
        sign_in(password="wrong", address=f"10.1.0.{number}")
    assert is_told_to_wait(sign_in(address="10.2.0.1"))
    assert is_in(sign_in(mine, address="10.2.0.1"))


def test_a_known_browser_is_known_to_one_person_only():
    mine = Client()
    sign_in(mine)
    User.objects.create_superuser("rita", password=PASSWORD)
    for _ in range(5):
        sign_in(mine, name="rita", password="wrong")
    assert is_told_to_wait(sign_in(mine, name="rita"))


def test_a_forged_cookie_makes_no_browser_known():
    client = Client()
    client.cookies[guesses.COOKIE] = "eyJ3aG8iOiJyb290In0:1:x"
    for _ in range(5):
        sign_in(client, password="wrong")
    assert is_told_to_wait(sign_in(client))


def test_one_address_may_not_try_many_names():
    for number in range(guesses.PER_ADDRESS):
        sign_in(name=f"user{number}", password="wrong")
    assert is_told_to_wait(sign_in())


def test_a_made_up_forwarded_address_does_not_help():
    for number in range(5):
        Client().post(
            LOGIN, {"username": "root", "password": "x"}, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=f"9.9.9.{number}"
        )
    assert is_told_to_wait(sign_in())


def test_behind_a_proxy_its_word_counts(settings):
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    for _ in range(5):
        Client().post(LOGIN, {"username": "root", "password": "x"}, HTTP_X_FORWARDED_FOR="6.6.6.6, 9.9.9.9")
    client = Client()
    right = {"username": "root", "password": PASSWORD}
    assert is_told_to_wait(client.post(LOGIN, right, HTTP_X_FORWARDED_FOR="9.9.9.9"))
    assert is_in(client.post(LOGIN, right, HTTP_X_FORWARDED_FOR="9.9.9.9, 8.8.8.8"))


def test_without_redis_each_process_counts(monkeypatch):
    from slimy.redis_link import RedisAway

    def away(self):
        raise RedisAway

    monkeypatch.setattr("slimy.redis_link.Link.guard", away)
    for _ in range(5):
        sign_in(password="wrong")
    assert is_told_to_wait(sign_in())


@pytest.mark.parametrize("name", ["", "\0", "a" * 5000, "\U0001f40c", "ROOT "])
def test_odd_names_are_no_error(name):
    assert sign_in(name=name, password="wrong").status_code == 200


def code_of(device, steps=0):
    return f"{TOTP(device.bin_key, drift=steps).token():06}"


@pytest.fixture
def device(root):
    return TOTPDevice.objects.create(user=root, name="authenticator")


def test_who_has_a_second_factor_needs_it(device):
    assert b"code is wrong" in sign_in().content
    assert b"code is wrong" in sign_in(code="").content
    device.refresh_from_db()
    device.throttle_reset()
    code = code_of(device)
    assert is_in(sign_in(code=f"{code[:3]} {code[3:]}"))


def test_a_code_opens_once(device):
    code = code_of(device)
    assert is_in(sign_in(code=code))
    assert b"code is wrong" in sign_in(code=code).content


def test_guessed_codes_count_as_guesses(device):
    for _ in range(5):
        sign_in(code="000000")
    assert is_told_to_wait(sign_in(code=code_of(device)))


def test_a_code_does_not_help_without_the_password(device):
    assert not is_in(sign_in(password="wrong", code=code_of(device)))


def test_an_installation_may_require_it(settings):
    settings.STAFF_TOTP = "required"
    assert b"second factor" in sign_in().content


def test_the_command_makes_replaces_and_removes_it(root):
    out = StringIO()
    call_command("totp", "root", stdout=out)
    call_command("totp", "root", stdout=out)
    device = TOTPDevice.objects.get(user=root)
    assert device.config_url in out.getvalue()
    assert is_in(sign_in(code=code_of(device)))
    call_command("totp", "root", "--remove", stdout=out)
    assert is_in(sign_in(address="10.0.0.3"))
    events = Job.objects.filter(type="log_event", payload__action__startswith="totp.").order_by("number")
    assert [job.payload["action"] for job in events] == ["totp.create", "totp.create", "totp.remove"]
    with pytest.raises(CommandError, match="no user called"):
        call_command("totp", "nobody", stdout=out)


def test_passwords_are_kept_as_argon2():
    from slimy.hardening import PASSWORD_HASHERS

    assert PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")
