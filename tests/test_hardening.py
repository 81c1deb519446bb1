"""What stops the start in production, and what every answer says to browsers."""

import os
import re
import subprocess
import sys

import pytest

from slimy.content_policy import ADMIN, DOCS, NOTHING, RQ
from tests.conftest import ROOT

SECRET = "qJ7-wRt2_yLp9zXc4vBn6mKd8sFg1hGa3eTu5iOo0PqZbN"


def production(command, *arguments, **more):
    inherited = {
        name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"
    }  # a browser's
    environment = {**inherited, "SLIMY_ENV": "production", "DJANGO_SETTINGS_MODULE": "slimy.settings", **more}
    return subprocess.run(
        [sys.executable, command, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def setting(expression, **more):
    done = production("-c", f"from slimy import settings as s; print({expression})", **more)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_djangos_own_checks_find_nothing_in_production():
    done = production("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_plain_http_is_a_finding_of_those_checks():
    done = production("manage.py", "check", "--deploy", "--fail-level", "WARNING", HTTPS_ONLY="0")
    assert done.returncode != 0
    assert "security.W008" in done.stderr


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "x" * 60),
        ("SECRET_KEY", "django-insecure-" + SECRET),
        ("SECRET_KEY", "change-me-" + SECRET),
        ("SECRET_KEY", SECRET[:40]),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "slimy.example,*"),
        ("ALLOWED_HOSTS", ".example"),
        ("DEBUG", "1"),
        ("DEBUG", "True"),
        ("HTTPS_ONLY", "yes"),
        ("HSTS_SECONDS", "-1"),
        ("SESSION_HOURS", "0"),
        ("STAFF_TOTP", "maybe"),
    ],
)
def test_what_is_not_safe_stops_the_start(variable, value):
    done = production("-c", "import slimy.settings", **{variable: value})
    assert done.returncode != 0
    assert f"ImproperlyConfigured: {variable}: " in done.stderr


def test_a_variable_can_come_from_a_file(tmp_path):
    file = tmp_path / "key"
    file.write_text(f"{SECRET}-from-a-file-it-comes\n")
    assert setting("s.SECRET_KEY", SECRET_KEY="", SECRET_KEY_FILE=str(file)) == f"{SECRET}-from-a-file-it-comes"
    database = tmp_path / "database"
    database.write_text("postgres://u:p%40ss@db.example:5432/slimy\n")
    value = setting("s.DATABASES['default']['PASSWORD']", DATABASE_URL="", DATABASE_URL_FILE=str(database))
    assert value == "p@ss"


def test_a_file_that_is_not_there_stops_the_start():
    done = production("-c", "import slimy.settings", SECRET_KEY="", SECRET_KEY_FILE="/nowhere/key")
    assert "ImproperlyConfigured: SECRET_KEY_FILE: /nowhere/key can't be read" in done.stderr


def test_a_value_and_a_file_for_it_is_one_too_many(tmp_path):
    (tmp_path / "url").write_text("redis://127.0.0.1/0")
    done = production("-c", "import slimy.settings", REDIS_URL_FILE=str(tmp_path / "url"))
    assert "ImproperlyConfigured: REDIS_URL: is set, and REDIS_URL_FILE too" in done.stderr


def test_a_proxy_is_believed_only_when_there_is_one():
    assert setting("s.SECURE_PROXY_SSL_HEADER") == "None"
    assert "X_FORWARDED_PROTO" in setting("s.SECURE_PROXY_SSL_HEADER", NUM_PROXIES="1")


@pytest.mark.parametrize(
    ("path", "policy"),
    [
        ("/health/live", NOTHING),
        ("/api/chat/conversations", NOTHING),
        ("/api/nothing", NOTHING),
        ("/api/schema", NOTHING),
        ("/api/docs", DOCS),
        ("/admin/login/", ADMIN),
        ("/admin/rq/", RQ),
        ("/nothing", NOTHING),
    ],
)
def test_every_answer_says_what_may_be_loaded(client, db, path, policy):
    response = client.get(path)
    assert response["Content-Security-Policy"] == policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]


def test_no_page_for_strangers_has_a_script_inside(client, db):
    for path in ("/admin/login/", "/api/docs"):
        assert not re.search(r"<script(?![^>]*\bsrc=)", client.get(path).content.decode()), path


def test_the_page_of_the_api_is_given_its_script_as_a_file(client):
    script = client.get("/api/docs?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert b"SwaggerUIBundle" in script.content
