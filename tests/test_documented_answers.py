"""Every answer that docs/openapi.yaml documents is given, and is as documented."""

import json
import re
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.test import Client

from guilds.models import Guild, Role
from slimy.accounts import remembered
from slimy.accounts.throttling import UserThrottle
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from tests.conftest import GUILD, users_jobs
from tests.contract import ALL, assert_as_documented, document, operations

CONVERSATIONS = "/api/chat/conversations"
CONVERSATION = "/api/chat/conversations/{conversation_id}"
MESSAGES = f"{CONVERSATION}/messages"
MESSAGE = "/api/chat/messages"
BULK = "/api/chat/messages/bulk"
JOBS = "/api/chat/db-jobs"
JOB = "/api/chat/db-jobs/{job_id}"
BOT, REPLY = "/api/chat/bot", "/api/chat/jobs/{job_id}"
ROOM, HISTORY = "/api/chat/{guild_id}/messages", "/api/chat/{guild_id}/history"
HELLO = {"role": "user", "content": "hello"}


class Explorer:
    """Asks one operation after the other, holds each answer against the document, remembers what it saw."""

    def __init__(self, client):
        self.client = client
        self.seen = set()

    def ask(self, method, path, expected, body=None, *, client=None, query="", **more):
        ids = {name: more.pop(name, uuid4()) for name in re.findall(r"{(\w+)}", path)}
        sent = {"content_type": "application/json", **more}
        text = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        response = (client or self.client).generic(method, path.format(**ids) + query, text, **sent)
        assert response.status_code == expected, f"{method} {path}: {response.status_code} {response.content}"
        assert_as_documented(method, path, response)
        self.seen.add((method, path, str(expected)))
        return response


@pytest.fixture
def explorer(api, alice):
    return Explorer(api(alice))


@pytest.fixture
def as_root(api, django_user_model):
    return api(django_user_model.objects.create_user("root", is_superuser=True))


def refusals(explorer, method, path, alice, monkeypatch):
    """What every operation may refuse with."""
    page = Client(enforce_csrf_checks=True)
    page.force_login(alice)
    explorer.ask(method, path, 400, query="?unknown=1")
    explorer.ask(method, path, 401, client=Client())
    if method != "GET":
        explorer.ask(method, path, 403, client=page)
    if "requestBody" in document()["paths"][path][method.lower()]:
        explorer.ask(method, path, 411, CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")
        explorer.ask(method, path, 413, b"x" * 1_100_000)
        explorer.ask(method, path, 415, content_type="application/json; charset=utf-16")
    with monkeypatch.context() as patch:
        remembered._until.clear()
        patch.setattr("slimy.accounts.authentication.query", lambda *_: raise_(OperationalError("away")))
        explorer.ask(method, path, 503)
    with monkeypatch.context() as patch:
        patch.setattr(UserThrottle, "allow_request", lambda self, *_: setattr(self, "left", 5.0))
        explorer.ask(method, path, 429)


def raise_(error):
    raise error


@pytest.mark.parametrize(("method", "path"), ALL)
def test_every_operation_refuses_as_documented(explorer, alice, monkeypatch, method, path):
    refusals(explorer, method, path, alice, monkeypatch)


@pytest.mark.usefixtures("rings")
def test_every_answer_that_the_chat_documents_is_given(
    explorer, alice, bob, conversation, work, joined, as_root, monkeypatch
):
    reads_and_writes(explorer, bob, conversation)
    work()
    finished_jobs(explorer, work, conversation)
    waits(explorer, work, monkeypatch)
    repeats(explorer)
    joined(alice, Role.ADMIN)
    talks(explorer, bob, as_root)
    with monkeypatch.context() as patch:
        patch.setattr("slimy.jobs.views.wait_for", at_once(work))
        explorer.ask("POST", BOT, 200, {"prompt": "hi"}, HTTP_PREFER="wait=5")
        explorer.ask("POST", ROOM, 200, {"content": "hi"}, guild_id=GUILD, HTTP_PREFER="wait=5")
    chat = [(method, path, operation) for method, path, operation in operations() if path.startswith("/api/chat/")]
    for method, path, _ in chat:
        refusals(explorer, method, path, alice, monkeypatch)
    documented = {(method, path, status) for method, path, operation in chat for status in operation["responses"]}
    assert documented - explorer.seen == set()


def reads_and_writes(explorer, bob, conversation):
    id = str(conversation.pk)
    explorer.ask("GET", CONVERSATIONS, 200, query="?limit=1")
    explorer.ask("GET", CONVERSATION, 200, conversation_id=id)
    explorer.ask("GET", CONVERSATION, 404)
    explorer.ask("GET", MESSAGES, 200, conversation_id=id)
    explorer.ask("GET", MESSAGES, 404)
    explorer.ask("POST", CONVERSATIONS, 202, {"title": "Sim power"})
    explorer.ask("POST", MESSAGE, 202, {"conversationId": id, "message": HELLO})
    explorer.ask("POST", MESSAGE, 404, {"conversationId": str(uuid4()), "message": HELLO})
    explorer.ask("POST", BULK, 202, {"conversationId": id, "messages": [HELLO, HELLO | {"role": "assistant"}]})
    explorer.ask("POST", BULK, 404, {"conversationId": str(uuid4()), "messages": [HELLO]})
    explorer.ask("PATCH", CONVERSATION, 202, {"title": "Total power"}, conversation_id=id)
    explorer.ask("PATCH", CONVERSATION, 404, {"title": "Total power"})
    explorer.ask("PATCH", CONVERSATION, 412, {"title": "x"}, conversation_id=id, HTTP_IF_MATCH='"9"')
    explorer.ask("DELETE", CONVERSATION, 404)
    for type in ("get_conversations", "get_messages"):
        data = {"conversationId": id} if type == "get_messages" else {}
        explorer.ask("POST", JOBS, 202, {"type": type, "data": data})
    explorer.ask("POST", JOBS, 404, {"type": "get_messages", "data": {"conversationId": str(uuid4())}})
    explorer.ask("GET", JOB, 404)
    theirs = add_job("database", "get_conversations", {}, bob)
    explorer.ask("GET", JOB, 403, job_id=theirs.pk)
    explorer.ask("DELETE", JOB, 404)
    cancelled = explorer.ask("POST", JOBS, 202, {"type": "get_conversations", "data": {}}).json()["jobId"]
    explorer.ask("DELETE", JOB, 200, job_id=cancelled)
    explorer.ask("DELETE", JOB, 409, job_id=cancelled)


def talks(explorer, bob, root):
    """With the bot, and in a guild's room."""
    Guild.objects.create(id="998877665544332211", name="Others")
    asked = explorer.ask("POST", BOT, 202, {"prompt": "hi"}, HTTP_IDEMPOTENCY_KEY="asked").json()["jobId"]
    explorer.ask("POST", BOT, 422, {"prompt": "ho"}, HTTP_IDEMPOTENCY_KEY="asked")
    explorer.ask("POST", BOT, 404, {"prompt": "hi", "conversationId": str(uuid4())})
    explorer.ask("GET", REPLY, 200, job_id=asked)
    explorer.ask("GET", REPLY, 404)
    explorer.ask("GET", REPLY, 403, job_id=add_job("chat", "chat_bot_interaction", {"prompt": "hi"}, bob).pk)
    explorer.ask("POST", ROOM, 202, {"content": "hi"}, guild_id=GUILD, HTTP_IDEMPOTENCY_KEY="said")
    explorer.ask("POST", ROOM, 422, {"content": "ho"}, guild_id=GUILD, HTTP_IDEMPOTENCY_KEY="said")
    explorer.ask("GET", HISTORY, 200, guild_id=GUILD)
    explorer.ask("GET", HISTORY, 403, guild_id="998877665544332211")
    for method, path, body in (("GET", HISTORY, None), ("POST", ROOM, {"content": "hi"})):
        explorer.ask(method, path, 404, body, guild_id="112233445566778800", client=root)


def finished_jobs(explorer, work, conversation):
    """Whatever a job answers or fails with is as documented."""
    explorer.ask("GET", CONVERSATION, 200, conversation_id=conversation.pk)
    explorer.ask("GET", MESSAGES, 200, conversation_id=conversation.pk, query="?limit=1")
    explorer.ask("DELETE", CONVERSATION, 202, conversation_id=conversation.pk)
    work()
    failed = explorer.ask("POST", JOBS, 202, {"type": "get_conversations", "data": {}}).json()["jobId"]
    Job.objects.filter(pk=failed).update(payload={"limit": 0})
    work()
    types = set()
    for job in users_jobs().exclude(owner__username="bob"):
        explorer.ask("GET", JOB, 200, job_id=job.pk)
        types.add((job.type, job.status))
    assert len([type for type, status in types if status == "completed"]) == 7, types
    assert ("get_conversations", "failed") in types
    explorer.ask("GET", JOBS, 200)
    explorer.ask("GET", JOBS, 200, query="?limit=1&status=completed")


def waits(explorer, work, monkeypatch):
    """200 with the finished job, from every operation that makes one."""
    with monkeypatch.context() as patch:
        patch.setattr("slimy.jobs.views.wait_for", at_once(work))
        id = explorer.ask("POST", CONVERSATIONS, 200, HTTP_PREFER="wait=5").json()["jobId"]
        explorer.ask("POST", MESSAGE, 200, {"conversationId": id, "message": HELLO}, HTTP_PREFER="wait=5")
        explorer.ask("POST", BULK, 200, {"conversationId": id, "messages": [HELLO]}, HTTP_PREFER="wait=5")
        explorer.ask("PATCH", CONVERSATION, 200, {"title": "x"}, conversation_id=id, HTTP_PREFER="wait=5")
        explorer.ask("POST", JOBS, 200, {"type": "get_conversations", "data": {}}, HTTP_PREFER="wait=5")
        explorer.ask("DELETE", CONVERSATION, 200, conversation_id=id, HTTP_PREFER="wait=5")


def at_once(work):
    def wait_for(job, seconds):
        work()
        job.refresh_from_db()
        return True

    return wait_for


def repeats(explorer):
    """422 for a key that was used before."""
    key = {"HTTP_IDEMPOTENCY_KEY": "once"}
    id = explorer.ask("POST", CONVERSATIONS, 202, **key).json()["jobId"]
    explorer.ask("POST", CONVERSATIONS, 422, {"title": "other"}, **key)
    explorer.ask("POST", MESSAGE, 422, {"conversationId": id, "message": HELLO}, **key)
    explorer.ask("POST", BULK, 422, {"conversationId": id, "messages": [HELLO]}, **key)
    explorer.ask("POST", JOBS, 422, {"type": "get_conversations", "data": {}}, **key)
    explorer.ask("PATCH", CONVERSATION, 422, {"title": "x"}, conversation_id=id, **key)
    explorer.ask("DELETE", CONVERSATION, 422, conversation_id=id, **key)
