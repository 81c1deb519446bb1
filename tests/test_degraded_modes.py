"""Redis or PostgreSQL away, or silent: the API says so or does without, nothing hangs, all recover by themselves.

A real web server and a real worker, which reach their servers through proxies that can cut and swallow.
"""

import http.client
import json
import os
import signal
import socket
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from knox.models import AuthToken

from slimy.jobs.queue import add_job
from tests.chaos.proxy import Proxy
from tests.conftest import (
    running_worker,
    start_worker,
    stop,
    test_database_url,
    users_jobs,
    wait_for_all_jobs,
    wait_until,
)
from tests.web import serving
from tests.zoo.models import Probe

pytestmark = pytest.mark.django_db(transaction=True)

SOON = 2.0  # seconds; far above what it takes, far below what a hang would


@contextmanager
def proxied(url):
    """A proxy in front of the server of `url`, and the URL of the proxy."""
    parts = urlsplit(url)
    with Proxy(parts.port) as proxy:
        netloc = parts.netloc.replace(f":{parts.port}", f":{proxy.port}")
        yield proxy, parts._replace(netloc=netloc).geturl()


@pytest.fixture
def redis_proxy():
    with proxied(os.environ["REDIS_URL"]) as pair:
        yield pair


@pytest.fixture
def postgres_proxy():
    with proxied(test_database_url()) as pair:
        yield pair


class Gone:
    """Until the end of the block, connections to the server are broken, and refused."""

    def __init__(self, proxy):
        self.proxy = proxy

    def __enter__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.target, self.proxy._target = self.proxy._target, free.getsockname()[1]
        self.proxy.cut()

    def __exit__(self, *error):
        self.proxy._target = self.target


class Silent:
    """Until the end of the block, the server accepts and never answers."""

    def __init__(self, proxy):
        self.proxy = proxy

    def __enter__(self):
        self.proxy.swallowing = True

    def __exit__(self, *error):
        self.proxy.behave()
        self.proxy.cut()


class Client:
    def __init__(self, port, owner):
        self.port = port
        self.headers = {
            "Authorization": f"Bearer {AuthToken.objects.create(user=owner)[1]}",
            "Content-Type": "application/json",
        }

    def ask(self, method, path, body=None):
        """Status, document, headers; and it takes no longer than SOON, unless a limit is given."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        begun = time.monotonic()
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, self.headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read()), response.headers, time.monotonic() - begun
        finally:
            connection.close()

    def post(self):
        return self.ask("POST", "/api/chat/db-jobs", {"type": "zoo", "data": {"how": "complete"}})

    def get(self):
        return self.ask("GET", "/api/users/me")


@pytest.mark.parametrize("trouble", [Gone, Silent])
def test_without_redis_jobs_are_accepted_and_reads_served(alice, redis_proxy, trouble):
    proxy, url = redis_proxy
    with serving(REDIS_URL=url, CACHE_URL="") as port, running_worker():
        client = Client(port, alice)
        assert client.post()[0] == 202
        with trouble(proxy):
            answers = [ask() for _ in range(10) for ask in (client.post, client.get)]
            assert [answer[0] for answer in answers] == [202, 200] * 10
            assert max(answer[3] for answer in answers) < SOON
            assert sum(answer[3] > 0.15 for answer in answers) <= 4  # who tries, once a second; nobody else waits
            wait_for_all_jobs(10)  # the worker has another way to Redis and rings for itself
        wait_until(lambda: client.post()[0] == 202)
        wait_for_all_jobs()
    assert Probe.objects.count() == users_jobs().count() >= 12


@pytest.mark.parametrize("trouble", [Gone, Silent])
def test_without_postgresql_the_answer_is_503_until_it_is_back(alice, postgres_proxy, trouble):
    proxy, url = postgres_proxy
    with serving(DATABASE_URL=url) as port:
        client = Client(port, alice)
        assert client.post()[0] == 202
        with trouble(proxy):
            for ask in (client.post, client.get) if trouble is Gone else (client.post,):
                status, document, headers, seconds = ask()
                assert (status, document["error"]) == (503, "service_unavailable")
                assert headers["Content-Type"] == "application/problem+json"
                assert int(headers["Retry-After"]) >= 1
                assert seconds < 6  # a second to find out that a connection is dead, three for a new one
        assert users_jobs().count() == 1
        assert client.post()[0] == 202
    assert users_jobs().count() == 2


def test_a_statement_that_never_ends_is_given_up(alice):
    with serving(DATABASE_PATIENCE="1") as port, psycopg.connect(test_database_url()) as other:
        client = Client(port, alice)
        assert client.post()[0] == 202
        other.execute("LOCK TABLE slimy_job")
        assert client.post()[0] == 503
        other.rollback()
        assert client.post()[0] == 202
    assert users_jobs().count() == 2


def test_a_worker_whose_redis_is_silent_says_so_once_a_second_works_when_it_is_back_and_ends_when_told(
    alice, redis_proxy, tmp_path
):
    proxy, url = redis_proxy
    process, log = logged_worker(tmp_path, REDIS_URL=url)
    with Silent(proxy):
        time.sleep(3)
    add_job("database", "zoo", {"how": "complete"}, alice)
    wait_for_all_jobs()
    assert process.poll() is None
    assert 1 <= len(log.read_text().splitlines()) <= 4
    with Silent(proxy):
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_worker_whose_postgresql_fell_silent_gives_the_connection_up_and_works_on_a_new_one(
    alice, postgres_proxy, tmp_path
):
    proxy, url = postgres_proxy
    process, log = logged_worker(tmp_path, DATABASE_URL=url, JOBS_SECONDS="1")
    proxy.swallowing = True
    time.sleep(1.5)  # it looks after the ledger once a second; what it asked is lost for ever
    proxy.behave()
    add_job("database", "zoo", {"how": "complete"}, alice)
    wait_for_all_jobs(20)
    with Gone(proxy):
        time.sleep(1.5)
    add_job("database", "zoo", {"how": "complete"}, alice)
    wait_for_all_jobs(20)
    assert stop(process) == 0
    assert len(log.read_text().splitlines()) <= 6


def logged_worker(tmp_path, **env):
    path = tmp_path / "log"
    with path.open("w") as log:
        process = start_worker(log=log, **env)
    return process, path
