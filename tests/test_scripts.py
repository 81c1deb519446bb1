"""Scripts in Redis, whatever happened to it meanwhile."""

import pytest
import redis
from django.conf import settings

from slimy.scripts import Script

SUM = Script("return {KEYS[1], tonumber(ARGV[1]) + tonumber(ARGV[2])}")


@pytest.fixture
def client():
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        yield client


def test_it_returns_what_the_script_returns(client):
    assert SUM(client, ["a"], [1, 2]) == [b"a", 3]


def test_a_server_that_forgot_it_is_told_again(client):
    SUM(client, ["a"], [1, 2])
    client.script_flush()
    assert SUM(client, ["a"], [3, 4]) == [b"a", 7]
    assert SUM(client, ["a"], [3, 4]) == [b"a", 7]


def test_a_connection_that_was_closed_is_made_anew(client):
    SUM(client, ["a"], [1, 2])
    with redis.Redis.from_url(settings.REDIS_URL) as other:
        other.client_kill_filter(_id=str(client.client_id()), skipme=False)
    assert SUM(client, ["a"], [1, 2]) == [b"a", 3]


def test_an_error_of_the_script_is_raised_and_leaves_the_connection_good(client):
    with pytest.raises(redis.ResponseError):
        SUM(client, ["a"], ["x", 1])
    assert SUM(client, ["a"], [1, 2]) == [b"a", 3]


def test_without_a_server_it_raises():
    with redis.Redis(port=1, socket_connect_timeout=0.1) as nobody, pytest.raises(redis.ConnectionError):
        SUM(nobody, ["a"], [1, 2])
