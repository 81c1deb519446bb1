"""schemathesis attacks a real web server and worker with what docs/openapi.yaml allows, and with what it doesn't."""

import subprocess
import sys

import pytest
from knox.models import AuthToken

from chat.models import Conversation
from guilds.models import Role
from slimy.jobs.models import Job
from tests.conftest import ROOT, running_worker
from tests.contract import COMMITTED
from tests.test_club_access import observed
from tests.web import serving

CONFIG = ROOT / "tests" / "schemathesis.toml"
SECONDS = 100
CONVERSATION = "01a208f2-79bf-708c-ab1c-4e0138b27d4e"  # as in the configuration


def attack(port, token, phases):
    """Run schemathesis with all its checks; its exit code and what it says."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", CONFIG, "run", COMMITTED, "--no-color"]
    command += ["--url", f"http://127.0.0.1:{port}", "-H", f"Authorization: Bearer {token}", "--phases", phases]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(SECONDS + 30)
@pytest.mark.parametrize("phases", ["coverage", "examples,fuzzing,stateful"])
def test_whatever_is_sent_is_answered_as_documented_and_no_job_trips(phases, alice, guild, joined):
    token = AuthToken.objects.create(user=joined(alice, Role.ADMIN))[1]
    Conversation.objects.create(pk=CONVERSATION, owner=alice)
    observed(guild)
    with serving() as port, running_worker():
        code, said = attack(port, token, phases)
    assert code == 0, said[-20_000:]
    failed = Job.objects.filter(status="failed").values_list("type", "errors")
    assert not [(type, errors) for type, errors in failed if errors[-1]["code"] == "internal_error"]
