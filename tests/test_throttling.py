"""How often somebody may ask, and how many jobs may be open."""

import pytest
import redis
from django.core.exceptions import ImproperlyConfigured

from slimy.accounts import throttling
from slimy.accounts.throttling import Window, rate
from slimy.scripts import Line
from tests.conftest import assert_problem, users_jobs

PATH = "/api/chat/conversations"


@pytest.fixture
def rates(settings, monkeypatch):
    """`rates(user="2/min")` sets rates. Time stands still, so that no window ends within a test."""
    monkeypatch.setattr(throttling.time, "time", lambda: 1_800_000_010.0)

    def set_rates(**some):
        settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, **some}

    return set_rates


def assert_throttled(response, code="too_many_requests"):
    assert_problem(response, 429, code)
    assert 1 <= int(response["Retry-After"]) <= 61


def test_a_user_may_ask_so_often_in_a_minute(api, alice, rates):
    rates(user="2/min")
    client = api(alice)
    assert [client.get(PATH).status_code for _ in range(2)] == [200, 200]
    response = client.get(PATH)
    assert_throttled(response)
    assert response["Retry-After"] == "51"


def test_the_next_window_starts_anew(api, alice, rates, monkeypatch):
    rates(user="1/min")
    client = api(alice)
    assert [client.get(PATH).status_code for _ in range(2)] == [200, 429]
    monkeypatch.setattr(throttling.time, "time", lambda: 1_800_000_060.0)
    assert client.get(PATH).status_code == 200


def test_users_dont_share_their_rate_but_tokens_of_a_user_do(api, alice, bob, rates):
    rates(user="1/min")
    assert api(alice).get(PATH).status_code == 200
    assert api(bob).get(PATH).status_code == 200
    assert_throttled(api(alice).get(PATH))


@pytest.mark.usefixtures("rings")
def test_requests_that_make_jobs_have_a_rate_besides(api, alice, rates):
    rates(jobs="1/min")
    client = api(alice)
    assert client.post(PATH, {}).status_code == 202
    assert_throttled(client.post(PATH, {}))
    assert users_jobs().count() == 1
    assert client.get(PATH).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("authorization", [{}, {"HTTP_AUTHORIZATION": "Bearer abc"}])
def test_who_guesses_tokens_is_throttled_by_address(api, rates, authorization):
    rates(anonymous="2/min")
    client = api(None)
    for _ in range(2):
        assert_problem(client.get(PATH, **authorization), 401, "unauthorized")
    assert_throttled(client.get(PATH, **authorization))
    assert client.get(PATH, REMOTE_ADDR="10.0.0.9", **authorization).status_code == 401


@pytest.mark.django_db
def test_a_client_cant_choose_its_address(api, rates):
    rates(anonymous="1/min")
    client = api(None)
    client.get(PATH, HTTP_X_FORWARDED_FOR="1.1.1.1")
    assert_throttled(client.get(PATH, HTTP_X_FORWARDED_FOR="2.2.2.2"))


def test_the_document_is_throttled_by_address(api, rates):
    rates(anonymous="1/min")
    client = api(None)
    assert client.get("/api/schema").status_code == 200
    assert_throttled(client.get("/api/schema"))


def test_without_redis_there_is_no_limit_and_no_waiting(api, alice, rates, settings, monkeypatch):
    rates(user="1/min")
    asked = []
    nobody_there = redis.Redis(connection_pool=redis.ConnectionPool(port=1))

    def ask():
        asked.append(True)
        return nobody_there

    monkeypatch.setattr(throttling, "_line", Line(throttling._COUNT, ask))
    client = api(alice)
    assert client.get(PATH).status_code == 200
    tries = len(asked)
    assert [client.get(PATH).status_code for _ in range(4)] == [200] * 4
    assert len(asked) == tries > 0, "a Redis that is away was asked again within the same second"


@pytest.mark.usefixtures("rings")
def test_so_many_jobs_of_a_user_may_be_open(api, alice, bob, settings, work):
    settings.JOBS = {**settings.JOBS, "MAX_OPEN_PER_USER": 3}
    client = api(alice)
    assert [client.post(PATH, {}).status_code for _ in range(3)] == [202] * 3
    assert_throttled(client.post(PATH, {}), "too_many_open_jobs")
    assert api(bob).post(PATH, {}).status_code == 202
    work()
    assert client.post(PATH, {}).status_code == 202


@pytest.mark.parametrize(
    ("text", "expected"), [("60/min", (60, 60)), ("1/s", (1, 1)), ("5/hour", (5, 3600)), ("7/d", (7, 86400))]
)
def test_how_a_rate_is_written(text, expected):
    assert rate(text) == expected


@pytest.mark.parametrize("text", ["", "60", "0/min", "-1/min", "x/min", "60/", "60/week", "1.5/s", "/min"])
def test_a_rate_that_makes_no_sense_stops_the_start(text):
    with pytest.raises(ImproperlyConfigured, match="must look like"):
        rate(text)


def test_a_window_ends_when_the_next_begins():
    window = Window("user:1", 5, 60)
    assert window.left(120.0) == 60
    assert window.left(179.5) == 0.5
    assert window.key(119.9) != window.key(120.0) == window.key(179.9)
