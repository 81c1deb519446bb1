"""`manage.py apitoken`."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken


def apitoken(*arguments):
    out = StringIO()
    call_command("apitoken", *arguments, stdout=out)
    return out.getvalue().strip()


def ask(token):
    return Client().get("/api/chat/conversations", HTTP_AUTHORIZATION=f"Bearer {token}")


def test_it_makes_a_token_that_lasts_as_long_as_asked(alice):
    apitoken("alice", "--days", "7")
    left = AuthToken.objects.get().expiry - timezone.now()
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)


def test_it_makes_a_token_for_90_days_when_nothing_is_said(alice):
    apitoken("alice")
    assert (AuthToken.objects.get().expiry - timezone.now()).days in (89, 90)


def test_it_lists_tokens_without_showing_them(alice, bob):
    token, _ = apitoken("alice"), apitoken("bob")
    listed = apitoken("alice", "--list")
    assert token[:15] in listed
    assert token[:16] not in listed
    assert len(listed.splitlines()) == 1


def test_it_revokes_one_token_by_its_beginning(alice):
    first, second = apitoken("alice"), apitoken("alice")
    assert apitoken("alice", "--revoke", first) == "1 tokens revoked"
    assert ask(first).status_code == 401
    assert ask(second).status_code == 200


def test_it_revokes_nobody_elses_tokens(alice, bob):
    token = apitoken("bob")
    apitoken("alice", "--revoke")
    assert ask(token).status_code == 200


def test_it_revokes_tokens_of_an_inactive_user(alice):
    apitoken("alice")
    alice.is_active = False
    alice.save()
    assert apitoken("alice", "--revoke") == "1 tokens revoked"


@pytest.mark.parametrize("days", ["0", "-1", "3651"])
def test_it_refuses_days_out_of_range(alice, days):
    with pytest.raises(CommandError, match="1 to 3650"):
        apitoken("alice", f"--days={days}")


def test_it_refuses_an_inactive_user(alice):
    alice.is_active = False
    alice.save()
    with pytest.raises(CommandError, match="not active"):
        apitoken("alice")


@pytest.mark.django_db
def test_it_refuses_a_user_who_isnt_there():
    with pytest.raises(CommandError, match="no user called 'zoe'"):
        apitoken("zoe")
