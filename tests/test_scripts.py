"""Scripts in Redis, whatever happened to it meanwhile."""

import os

import pytest
import redis
from django.conf import settings

from slimy.scripts import Line, Script

SUM = Script("return {KEYS[1], tonumber(ARGV[1]) + tonumber(ARGV[2])}")


@pytest.fixture
def client():
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        yield client


@pytest.fixture(params=["from the pool", "its own"])
def run(request, client):
    """`run(keys, arguments)` through a connection of either kind."""
    line = Line(SUM, lambda: client)
    yield line if request.param == "its own" else lambda *given: SUM(client, *given)
    if line._connection:
        line._connection.disconnect()


def test_it_returns_what_the_script_returns(run):
    assert run(["a"], [1, 2]) == [b"a", 3]


def test_a_server_that_forgot_it_is_told_again(client, run):
    run(["a"], [1, 2])
    client.script_flush()
    assert run(["a"], [3, 4]) == [b"a", 7]
    assert run(["a"], [3, 4]) == [b"a", 7]


def test_a_connection_that_was_closed_is_made_anew(client, run):
    run(["a"], [1, 2])
    with redis.Redis.from_url(settings.REDIS_URL) as other:
        other.client_kill_filter(_type="normal", skipme=True)
    assert run(["a"], [1, 2]) == [b"a", 3]
    assert run(["a"], [2, 2]) == [b"a", 4]


def test_an_error_of_the_script_is_raised_and_leaves_it_good(run):
    with pytest.raises(redis.ResponseError):
        run(["a"], ["x", 1])
    assert run(["a"], [1, 2]) == [b"a", 3]


@pytest.mark.parametrize(
    "kind", [lambda client: Line(SUM, lambda: client), lambda client: lambda *given: SUM(client, *given)]
)
def test_without_a_server_it_raises(kind):
    with redis.Redis(port=1, socket_connect_timeout=0.1) as nobody, pytest.raises(redis.ConnectionError):
        kind(nobody)(["a"], [1, 2])


def test_an_answer_that_came_too_late_is_nobodys(client):
    slow = Script("local n = 0 while n < 3e7 do n = n + 1 end return ARGV[1]")
    impatient = redis.Redis(
        connection_pool=redis.ConnectionPool(**client.connection_pool.connection_kwargs | {"socket_timeout": 0.05})
    )
    line = Line(slow, lambda: impatient)
    client.eval(slow.text, 0, "known from now on")
    with pytest.raises(redis.TimeoutError):
        line([], ["first"])
    client.ping()  # answered as soon as the script has ended
    line._script = SUM
    SUM(client, ["a"], [0, 0])
    assert line(["a"], [1, 2]) == [b"a", 3]


def test_a_child_has_a_connection_of_its_own(client):
    line = Line(SUM, lambda: client)
    line(["a"], [1, 2])
    parents = line._connection
    line._process = os.getpid() + 1  # as it is after a fork
    assert line(["a"], [1, 2]) == [b"a", 3]
    assert line._connection is not parents
    line._connection.disconnect()
    parents.disconnect()
