"""A token is looked up once in a while, and not a moment longer than it is valid."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from knox.models import AuthToken

from slimy import redis_link
from slimy.accounts import remembered
from slimy.accounts.models import User
from tests.conftest import assert_problem

ME = "/api/users/me"


@pytest.fixture
def clock(monkeypatch):
    """`clock(5)` lets seconds pass for what is remembered."""
    passed = [0.0]
    real = remembered.time.monotonic

    def later(seconds):
        passed[0] += seconds

    monkeypatch.setattr(remembered.time, "monotonic", lambda: real() + passed[0])
    return later


def looked_up(client) -> bool:
    """Whether a request, which succeeds, asked PostgreSQL for the token."""
    with CaptureQueriesContext(connection) as statements:
        assert client.get(ME).status_code == 200
    return any("knox_authtoken" in statement["sql"] for statement in statements)


def end_elsewhere(user: User) -> None:
    """Another process ends the user's tokens: this one learns of it from Redis alone."""
    AuthToken.objects.filter(user=user)._raw_delete("default")
    remembered.get_redis_connection("default").set(remembered.word(user.pk), 1, ex=6)


def test_it_is_looked_up_again_after_five_seconds(api, alice, clock):
    client = api(alice)
    assert [looked_up(client), looked_up(client)] == [True, False]
    clock(remembered.SECONDS)
    assert looked_up(client)


def test_one_that_another_process_revoked_is_refused_at_once(api, alice, bob):
    mine, his = api(alice), api(bob)
    assert mine.get(ME).status_code == his.get(ME).status_code == 200
    end_elsewhere(alice)
    assert_problem(mine.get(ME), 401, "unauthorized")
    assert not looked_up(his)


def test_a_user_who_becomes_staff_elsewhere_is_seen_as_such(api, alice):
    client = api(alice)
    client.get(ME)
    User.objects.filter(pk=alice.pk).update(username="alicia")
    remembered.get_redis_connection("default").set(remembered.word(alice.pk), 1, ex=6)
    assert client.get(ME).json()["user"]["username"] == "alicia"


@pytest.mark.parametrize("end", [lambda user: user.auth_token_set.all().delete(), lambda user: user.delete()])
def test_one_that_this_process_ends_is_refused_at_once(api, alice, end):
    client = api(alice)
    assert client.get(ME).status_code == 200
    end(alice)
    assert_problem(client.get(ME), 401, "unauthorized")


@pytest.mark.django_db(transaction=True)
def test_the_others_are_told_when_the_change_is_committed(alice):
    redis = remembered.get_redis_connection("default")
    assert not redis.exists(remembered.word(alice.pk))  # nobody remembers whom they haven't seen
    alice.is_active = False
    alice.save()
    assert 0 < redis.ttl(remembered.word(alice.pk)) <= remembered.SECONDS + 1


def test_an_expiry_ends_it_before_that(api, alice, clock):
    client = api(alice)
    AuthToken.objects.update(expiry=timezone.now() + timedelta(seconds=3))
    assert [looked_up(client), looked_up(client)] == [True, False]
    clock(3)
    assert looked_up(client)  # by PostgreSQL's clock it is still valid


def test_without_redis_nothing_is_remembered(api, alice):
    client = api(alice)
    client.get(ME)
    redis_link.cache_link().is_down = True
    redis_link.cache_link()._may_try()
    assert looked_up(client)


def test_it_remembers_no_more_than_so_many(api, alice, monkeypatch):
    monkeypatch.setattr(remembered, "MOST", 3)
    for _ in range(9):
        api(alice).get(ME)
        assert len(remembered._until) <= 3
