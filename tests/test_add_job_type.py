"""docs/adding-a-job-type.md works as it is written."""

import json
import re

import pytest

import chat.jobs
from chat.models import Message
from slimy.jobs import registry
from tests.conftest import ROOT, assert_problem

PAGE = (ROOT / "docs" / "adding-a-job-type.md").read_text()


@pytest.fixture
def as_written(monkeypatch):
    """The page's lines at the end of chat/jobs.py."""
    monkeypatch.setattr(registry, "_types", dict(registry._types))
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(code, "docs/adding-a-job-type.md", "exec"), dict(vars(chat.jobs)))


@pytest.fixture
def body(conversation):
    (text,) = re.findall(r"-d '(.*)'", PAGE)
    return json.loads(text.replace("<id>", str(conversation.pk)))


@pytest.mark.usefixtures("as_written", "rings")
def test_ten_lines_make_a_job(api, alice, conversation, body, work):
    for position, content in enumerate(["Hello there", "How are you?"]):
        Message.objects.create(conversation=conversation, author=alice, position=position, role="user", content=content)
    accepted = api(alice).post("/api/chat/db-jobs", body)
    assert accepted.status_code == 202, accepted.content
    work()
    job = api(alice).get(accepted["Location"]).json()
    assert (job["status"], job["result"]) == ("completed", {"words": 5})


@pytest.mark.usefixtures("as_written")
def test_strangers_are_refused(api, bob, body):
    assert_problem(api(bob).post("/api/chat/db-jobs", body), 404, "conversation_not_found")


@pytest.mark.usefixtures("as_written")
def test_what_was_not_asked_for_is_refused(api, alice, body):
    body["data"]["colour"] = "red"
    assert_problem(api(alice).post("/api/chat/db-jobs", body), 400, "invalid_input", "colour")
