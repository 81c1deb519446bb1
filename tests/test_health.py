"""`/health/live` says that the process answers, `/health/ready` that it can work; only staff learn what is wrong."""

import socket
import time

import pytest
from django.test import Client

from slimy.health import views
from slimy.health.checks import CHECKS, Examiner
from slimy.sql import query
from tests.admin.conftest import signed_in, staff

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "0123456789" * 4
READY = "/health/ready"


@pytest.fixture(autouse=True)
def examiner(monkeypatch):
    """One that has no old answers."""
    made = Examiner(dict(CHECKS))
    monkeypatch.setattr(views, "_examine", made)
    yield made
    made._threads.shutdown()


def test_a_process_that_answers_is_live():
    answer = Client().get("/health/live")
    assert (answer.status_code, answer.content, answer["Cache-Control"]) == (200, b"ok\n", "no-store")


def test_with_everything_there_it_is_ready():
    answer = Client().get(READY)
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.parametrize("path", [READY, "/health/live"])
def test_it_only_answers_questions(path):
    assert Client().post(path).status_code == 405


def test_staff_see_each_check_with_its_time():
    document = signed_in(staff("vera")).get(READY).json()
    assert document["ok"]
    assert set(document["checks"]) == {"database", "migrations", "redis"}
    assert all(check["ok"] and 0 < check["ms"] < 1000 for check in document["checks"].values())


class TestWhenSomethingIsMissing:
    def test_a_migration(self):
        query("DELETE FROM django_migrations WHERE app = 'audit'")
        try:
            document = signed_in(staff("vera")).get(READY)
            assert document.status_code == 503
            assert "audit.0001_events_that_stay" in document.json()["checks"]["migrations"]["problem"]
        finally:
            query("INSERT INTO django_migrations (app, name, applied) VALUES ('audit', '0001_events_that_stay', now())")

    def test_redis(self, settings):
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        stranger = Client().get(READY)
        assert (stranger.status_code, stranger.content, stranger["Retry-After"]) == (503, b"not ok\n", "2")
        checks = signed_in(staff("vera")).get(READY).json()["checks"]
        assert checks["database"]["ok"]
        assert "ConnectionError" in checks["redis"]["problem"]

    def test_a_redis_that_is_silent_costs_a_second(self, settings, examiner):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
            began = time.monotonic()
            assert Client().get(READY).status_code == 503
            assert time.monotonic() - began < 1.5

    def test_a_database_that_hangs_costs_a_second_and_is_not_asked_twice(self, examiner, settings):
        settings.METRICS_TOKEN = TOKEN
        asked = []

        def hang():
            asked.append(1)
            time.sleep(3)

        examiner._checks["database"] = hang
        for _ in range(2):
            began = time.monotonic()
            answer = Client().get(READY, headers={"Authorization": f"Bearer {TOKEN}"})
            assert time.monotonic() - began < 1.5
            assert answer.json()["checks"]["database"]["problem"] == "no answer within 1 s"
            examiner._until = 0
        assert asked == [1]

    def test_nobody_but_staff_and_the_token_learns_what(self, settings, alice):
        settings.REDIS_URL, settings.METRICS_TOKEN = "redis://127.0.0.1:1/0", TOKEN
        for client in (Client(), signed_in(alice), Client(headers={"Authorization": "Bearer wrong"})):
            assert client.get(READY).content == b"not ok\n"
        assert "redis" in Client(headers={"Authorization": f"Bearer {TOKEN}"}).get(READY).json()["checks"]


def test_many_questions_at_a_time_are_one(examiner):
    asked = []
    examiner._checks["redis"] = lambda: asked.append(1)
    for _ in range(20):
        Client().get(READY)
    assert len(asked) <= 2
