"""How many statements each endpoint needs: with much data as many as with little, and none more than written here."""

from functools import partial

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from knox.models import AuthToken
from rest_framework.test import APIClient

from chat.models import Conversation, GuildMessage
from guilds.models import Guild, Membership, Role
from slimy.accounts.models import User
from slimy.jobs.queue import add_job
from tests.club import accept, row
from tests.conftest import GUILD, ROOT, empty_cache
from tests.screenshots.drawn import as_file, screenshot

TALK = "/api/chat/conversations/{conversation_id}"
JOB = "/api/chat/db-jobs/{job_id}"
OURS = "/api/guilds/{guild_id}"
CLUB = f"{OURS}/club"
SAID = {"role": "user", "content": "Hello"}
CONVERSATION = "{conversation_id}"
PICTURE = "{picture}"

# Method, path, body: statements when nothing is cached but the token. Of a POST, one is the estimate of the wait, which
# a process asks for once in a while. What changes something takes one for its event in the audit trail; messages don't.
MOST = {
    ("get", "/api/chat/conversations"): (None, 1),
    ("post", "/api/chat/conversations"): ({"title": "New"}, 3),
    ("get", TALK): (None, 2),
    ("patch", TALK): ({"title": "New"}, 3),
    ("delete", TALK): (None, 3),
    ("get", f"{TALK}/messages"): (None, 2),
    ("get", "/api/chat/db-jobs"): (None, 1),
    ("post", "/api/chat/db-jobs"): ({"type": "get_conversations", "data": {}}, 2),
    ("get", JOB): (None, 1),
    ("delete", JOB): (None, 5),
    ("post", "/api/chat/messages"): ({"conversationId": CONVERSATION, "message": SAID}, 2),
    ("post", "/api/chat/messages/bulk"): ({"conversationId": CONVERSATION, "messages": [SAID] * 20}, 2),
    ("post", "/api/chat/bot"): ({"prompt": "Hello", "conversationId": CONVERSATION}, 4),
    ("get", "/api/chat/jobs/{job_id}"): (None, 1),
    ("post", "/api/chat/{guild_id}/messages"): ({"content": "Hello"}, 4),
    ("get", "/api/chat/{guild_id}/history"): (None, 3),
    ("get", "/api/guilds"): (None, 1),
    ("get", OURS): (None, 2),
    ("get", f"{OURS}/analytics"): (None, 6),
    ("get", f"{OURS}/settings"): (None, 3),
    ("put", f"{OURS}/settings"): ({"notes": "x"}, 10),
    ("patch", f"{OURS}/settings"): ({"notes": "x"}, 10),
    ("post", f"{OURS}/settings/screenshot-channel"): ({"channelId": "123456789012345678"}, 10),
    ("get", f"{CLUB}/latest"): (None, 4),
    ("get", f"{CLUB}/movers"): (None, 6),
    ("get", f"{CLUB}/aggregates"): (None, 6),
    ("get", f"{CLUB}/members/{{key}}/history"): (None, 5),
    ("get", f"{CLUB}/export.csv"): (None, 6),
    ("get", f"{CLUB}/export.xlsx"): (None, 6),
    ("post", f"{CLUB}/ingest"): ({"ocrResult": {"rows": [{"name": "Stone", "totalPower": 5}]}}, 5),
    ("post", f"{CLUB}/screenshots"): ({"pictures": PICTURE}, 20),
    ("post", f"{CLUB}/rescan"): ({}, 5),
    ("get", "/api/users/me"): (None, 3),
}


@pytest.fixture
def populate(alice, guild, work, rings):
    """`populate(n)` makes n of everything that alice may see, and returns the parts of paths."""
    Membership.objects.create(guild=guild, user=alice, role=Role.ADMIN)

    def make(number: int) -> dict[str, str]:
        talks = Conversation.objects.bulk_create(Conversation(owner=alice, title="t") for _ in range(number))
        more = Guild.objects.bulk_create(Guild(id=str(10**17 + n), name="More") for n in range(number))
        Membership.objects.bulk_create(Membership(guild=each, user=alice, role=Role.MEMBER) for each in more)
        others = User.objects.bulk_create(User(username=f"user{n}") for n in range(number))
        Membership.objects.bulk_create(Membership(guild=guild, user=each, role=Role.MEMBER) for each in others)
        GuildMessage.objects.bulk_create(
            GuildMessage(guild=guild, author=each, content="hi", position=n) for n, each in enumerate(others)
        )
        said = {"conversationId": str(talks[0].pk), "messages": [SAID] * number}
        add_job("database", "save_messages", said, alice)
        accept(alice, [row(f"Member{n}x", sim=1000 + n, total=5000 + n) for n in range(number)])
        work()
        waits = add_job("database", "get_conversations", {}, alice, delay=60)
        return {"conversation_id": str(talks[0].pk), "guild_id": GUILD, "job_id": str(waits.pk), "key": "member0x"}

    return make


def statements(alice, method, path, body, parts) -> int:
    """How many a request takes on which nothing but the token is at hand."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AuthToken.objects.create(user=alice)[1]}")
    client.get("/api/guilds")
    empty_cache()
    values = {CONVERSATION: parts["conversation_id"], PICTURE: SimpleUploadedFile("a.png", as_file(screenshot([])))}
    filled = {key: values[value] if value in (CONVERSATION, PICTURE) else value for key, value in (body or {}).items()}
    kind = "multipart" if "pictures" in filled else "json"
    ask = partial(getattr(client, method), path.format(**parts), *([] if body is None else [filled]), format=kind)
    with CaptureQueriesContext(connection) as found:
        response = ask()
    assert response.status_code in (200, 202), getattr(response, "content", "")
    if response.streaming:
        with CaptureQueriesContext(connection) as streamed:
            b"".join(response)
        return len(found) + len(streamed)
    return len(found)


@pytest.mark.parametrize(("method", "path"), MOST, ids=lambda part: part)
@pytest.mark.parametrize("number", [2, 60])
@pytest.mark.usefixtures("recorded_engine")
def test_a_request_takes_no_more_than_so_many_statements(alice, populate, number, method, path):
    body, most = MOST[method, path]
    assert statements(alice, method, path, body, populate(number)) <= most


def test_no_endpoint_is_left_out():
    paths = yaml.safe_load((ROOT / "docs/openapi.yaml").read_text())["paths"]
    methods = ("get", "post", "put", "patch", "delete")
    assert set(MOST) == {(method, path) for path, item in paths.items() for method in methods if method in item}
