"""Settings refuse nonsense loudly, naming the variable."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "mysql://x/y"),
        ("DATABASE_URL", "nonsense"),
        ("REDIS_URL", "http://127.0.0.1"),
        ("SECRET_KEY", "short"),
        ("SLIMY_ENV", "staging"),
        ("JOBS_BATCH_SIZE", "many"),
        ("JOBS_BATCH_SIZE", "0"),
        ("TOKEN_DAYS", "-1"),
        ("NUM_PROXIES", "two"),
        ("THROTTLE_USER", "often"),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "LOUD"),
        ("OPENAI_BASE_URL", "ftp://models.example/v1"),
        ("OPENAI_BASE_URL", "http:///v1"),
        ("OPENAI_API_KEY", "two words"),
        ("OPENAI_API_KEY", "schlüssel"),
        ("CHAT_TOTAL_SECONDS", "0"),
        ("SLIMY_FAULTS", "after_claim:explode"),
        ("SLIMY_FAULTS", "over_the_rainbow:kill"),
        ("SLIMY_FAULTS", "mid_job:kill:2"),
    ],
)
def test_nonsense_stops_the_start_with_a_sentence_that_names_the_variable(variable, value):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "slimy.settings", variable: value}
    command = [sys.executable, "-c", "import slimy.settings"]
    started = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert started.returncode != 0
    assert f"ImproperlyConfigured: {variable}: " in started.stderr


def test_production_is_the_default_and_wants_secure_cookies():
    environment = {name: value for name, value in os.environ.items() if name != "SLIMY_ENV"}
    program = "from slimy import settings as s; print(s.ENVIRONMENT, s.DEBUG, s.SESSION_COOKIE_SECURE)"
    command = [sys.executable, "-c", program]
    started = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert started.stdout.split() == ["production", "False", "True"]


def test_production_refuses_to_break_on_purpose():
    environment = {**os.environ, "SLIMY_ENV": "production", "SLIMY_FAULTS": "mid_job:kill"}
    command = [sys.executable, "-c", "import slimy.settings"]
    started = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert started.returncode != 0
    assert "SLIMY_FAULTS: breaks things on purpose" in started.stderr
