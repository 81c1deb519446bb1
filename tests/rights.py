"""Whose is what: each door to an object, at the API and in the worker. One without a row fails the suite."""

from dataclasses import dataclass

from tests.club import on_day
from tests.conftest import GUILD
from tests.test_documented_club_answers import form

HELLO = {"role": "user", "content": "hello"}
SCAN = {"ocrResult": {"rows": [{"name": "Stone", "totalPower": 5}]}}
AT = on_day(0).isoformat().replace("+00:00", "Z")

REFUSALS = {  # whose it is → what another user, staff without rights and nobody are told
    "conversation": ("conversation_not_found", "conversation_not_found", "unauthorized"),
    "job": ("job_access_denied", "job_access_denied", "unauthorized"),
    "guild": ("not_in_guild", "not_in_guild", "unauthorized"),
}


@dataclass(frozen=True)
class Door:
    """An operation, the object it is about, and what is sent. Names in braces are those of the world's objects."""

    method: str
    path: str
    about: str
    body: object = None
    query: str = ""

    def __str__(self):
        return f"{self.method} {self.path}{self.query}"


CONVERSATION = "/api/chat/conversations/{conversation_id}"
ROOM = "/api/chat/{guild_id}"
ONE_GUILD = "/api/guilds/{guild_id}"
CLUB = f"{ONE_GUILD}/club"
JOBS = "/api/chat/db-jobs"
CONVERSED = {"conversationId": "{conversation_id}"}

DOORS = [
    Door("GET", CONVERSATION, "conversation"),
    Door("PATCH", CONVERSATION, "conversation", {"title": "mine"}),
    Door("DELETE", CONVERSATION, "conversation"),
    Door("GET", f"{CONVERSATION}/messages", "conversation"),
    Door("POST", "/api/chat/messages", "conversation", CONVERSED | {"message": HELLO}),
    Door("POST", "/api/chat/messages/bulk", "conversation", CONVERSED | {"messages": [HELLO]}),
    Door("POST", "/api/chat/bot", "conversation", CONVERSED | {"prompt": "hi"}),
    Door("POST", "/api/chat/bot", "guild", {"guildId": GUILD, "prompt": "hi"}),
    Door("GET", JOBS + "/{job_id}", "job"),
    Door("DELETE", JOBS + "/{job_id}", "job"),
    Door("GET", "/api/chat/jobs/{job_id}", "job"),
    Door("POST", JOBS, "conversation", {"type": "get_messages", "data": CONVERSED}),
    Door("POST", JOBS, "guild", {"type": "recompute_club_latest", "data": {"guildId": GUILD}}),
    Door("POST", f"{ROOM}/messages", "guild", {"content": "hello"}),
    Door("GET", f"{ROOM}/history", "guild"),
    Door("GET", ONE_GUILD, "guild"),
    Door("GET", f"{ONE_GUILD}/analytics", "guild"),
    Door("GET", f"{ONE_GUILD}/settings", "guild"),
    Door("PUT", f"{ONE_GUILD}/settings", "guild", {"notes": "mine"}),
    Door("PATCH", f"{ONE_GUILD}/settings", "guild", {"notes": "mine"}),
    Door("POST", f"{ONE_GUILD}/settings/screenshot-channel", "guild", {"channelId": "123456789012345678"}),
    Door("GET", f"{CLUB}/latest", "guild"),
    Door("GET", f"{CLUB}/movers", "guild"),
    Door("GET", f"{CLUB}/aggregates", "guild"),
    Door("GET", f"{CLUB}/members/{{key}}/history", "guild"),
    Door("GET", f"{CLUB}/export.csv", "guild"),
    Door("GET", f"{CLUB}/export.xlsx", "guild"),
    Door("GET", f"{CLUB}/export.csv", "guild", query="?what=history"),
    Door("GET", f"{CLUB}/export.xlsx", "guild", query="?what=history"),
    Door("POST", f"{CLUB}/ingest", "guild", SCAN),
    Door("POST", f"{CLUB}/rescan", "guild"),
    Door("POST", f"{CLUB}/screenshots", "guild", form),
]

NOT_ABOUT_AN_OBJECT = {  # operation → why nobody's object can be reached by it
    ("GET", "/api/chat/conversations"): "the caller's",
    ("POST", "/api/chat/conversations"): "makes one of the caller's",
    ("GET", JOBS): "the caller's",
    ("GET", "/api/guilds"): "the caller's",
    ("GET", "/api/users/me"): "the caller",
    ("GET", "/api/schema"): "public",
    ("GET", "/api/docs"): "public",
}


@dataclass(frozen=True)
class Task:
    """A type of job, its payload, and what it fails with when its owner is a stranger to the object."""

    type: str
    data: dict
    refusal: str

    def __str__(self):
        return " ".join([self.type, *self.data])


IN_GUILD = {"guildId": GUILD}
TASKS = [
    Task("save_message", CONVERSED | {"message": HELLO}, "conversation_not_found"),
    Task("save_messages", CONVERSED | {"messages": [HELLO]}, "conversation_not_found"),
    Task("update_conversation", CONVERSED | {"title": "mine"}, "conversation_not_found"),
    Task("delete_conversation", CONVERSED, "conversation_not_found"),
    Task("get_messages", CONVERSED, "conversation_not_found"),
    Task("chat_bot_interaction", CONVERSED | {"prompt": "hi"}, "conversation_not_found"),
    Task("chat_bot_interaction", IN_GUILD | {"prompt": "hi"}, "not_in_guild"),
    Task("save_guild_message", IN_GUILD | {"content": "hi"}, "not_in_guild"),
    Task("update_guild_settings", IN_GUILD | {"patch": {"notes": "mine"}}, "not_in_guild"),
    Task("ingest_club_metrics", IN_GUILD | SCAN | {"observedAt": AT}, "not_in_guild"),
    Task("recompute_club_latest", IN_GUILD, "not_in_guild"),
    Task("read_club_screenshots", IN_GUILD | {"uploadId": "{upload_id}"}, "not_in_guild"),
    Task("log_event", {"action": "client.seen", "details": {}}, "permission_denied"),
]

ABOUT_NO_OBJECT = {  # type of job → why
    "create_conversation": "makes one of the owner's",
    "get_conversations": "the owner's",
}
