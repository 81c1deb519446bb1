"""What is wrong, for each operation that takes something: a new one without its rows fails tests/test_bad_rows.py.

What all have in common (JSON, media types, methods, lengths) is in test_bad_input.py and test_bad_requests.py.
"""

from tests.conftest import GUILD

ID = "01a208f2-79bf-708c-ab1c-4e0138b27d4e"
HELLO = {"role": "user", "content": "hello"}
LONG = "x" * 4001
CHAT, ONE_GUILD = "/api/chat", "/api/guilds/{guild_id}"
CLUB = f"{ONE_GUILD}/club"
SETTINGS = [
    ({"nonsense": 1}, ["nonsense"]),
    ({"notes": 5}, ["notes"]),
    ({"notes": "\0"}, ["notes"]),
    ({"allowPublic": "yes"}, ["allowPublic"]),
]
ROWS = {"rows": [{"name": "Stone", "totalPower": 5}]}
SCANS = [
    ({}, ["ocrResult"]),
    ({"ocrResult": []}, ["ocrResult"]),
    ({"ocrResult": {"rows": {}}}, ["ocrResult.rows"]),
    ({"ocrResult": {"rows": []}}, ["ocrResult.rows"]),
    ({"ocrResult": ROWS, "guildId": GUILD}, ["guildId"]),
    ({"ocrResult": ROWS, "observedAt": "yesterday"}, ["observedAt"]),
    ({"ocrResult": ROWS, "observedAt": "9999-99-99T00:00:00Z"}, ["observedAt"]),
    ({"ocrResult": ROWS, "pageType": "nonsense"}, ["pageType"]),
    ({"ocrResult": ROWS, "complete": "maybe"}, ["complete"]),
]

BODIES = {  # operation → (body, the fields that the answer names)
    ("POST", f"{CHAT}/conversations"): [
        ({"title": "x" * 201}, ["title"]),
        ({"title": None}, ["title"]),
        ({"personalityMode": "HELPFUL"}, ["personalityMode"]),
        ({"owner": 1}, ["owner"]),
        ({"conversationId": ID}, ["conversationId"]),
    ],
    ("PATCH", f"{CHAT}/conversations/{{conversation_id}}"): [
        ({}, ["title"]),
        ({"title": 5}, ["title"]),
        ({"title": "x", "version": -1}, ["version"]),
        ({"title": "x", "version": 2**31}, ["version"]),
        ({"title": "x", "version": True}, ["version"]),
        ({"title": "x", "ifUnmodifiedSince": "now"}, ["ifUnmodifiedSince"]),
        ({"title": "x", "owner": 1}, ["owner"]),
    ],
    ("POST", f"{CHAT}/messages"): [
        ({}, ["conversationId", "message"]),
        ({"conversationId": "1", "message": HELLO}, ["conversationId"]),
        ({"conversationId": ID.replace("-", ""), "message": HELLO}, ["conversationId"]),
        ({"conversationId": [ID], "message": HELLO}, ["conversationId"]),
        ({"conversationId": ID, "message": "hello"}, ["message"]),
        ({"conversationId": ID, "message": HELLO | {"role": "system"}}, ["message.role"]),
        ({"conversationId": ID, "message": HELLO | {"content": ""}}, ["message.content"]),
        ({"conversationId": ID, "message": HELLO | {"content": LONG}}, ["message.content"]),
        ({"conversationId": ID, "message": HELLO | {"id": ID}}, ["message.id"]),
    ],
    ("POST", f"{CHAT}/messages/bulk"): [
        ({"conversationId": ID}, ["messages"]),
        ({"conversationId": ID, "messages": []}, ["messages"]),
        ({"conversationId": ID, "messages": [HELLO] * 101}, ["messages"]),
        ({"conversationId": ID, "messages": HELLO}, ["messages"]),
        ({"conversationId": ID, "messages": [HELLO, HELLO | {"content": LONG}]}, ["messages.1.content"]),
    ],
    ("POST", f"{CHAT}/bot"): [
        ({}, ["prompt"]),
        ({"prompt": ""}, ["prompt"]),
        ({"prompt": "x" * 2001}, ["prompt"]),
        ({"prompt": "hi", "guildId": 112233445566778899}, ["guildId"]),
        ({"prompt": "hi", "conversationId": "x"}, ["conversationId"]),
        ({"prompt": "hi", "model": "other"}, ["model"]),
    ],
    ("POST", f"{CHAT}/{{guild_id}}/messages"): [
        ({}, ["content"]),
        ({"content": ""}, ["content"]),
        ({"content": "x" * 100_000}, ["content"]),
        ({"content": "hi", "adminOnly": "yes"}, ["adminOnly"]),
        ({"content": "hi", "guildId": GUILD}, ["guildId"]),
        ({"content": "hi", "author": 1}, ["author"]),
    ],
    ("POST", f"{CHAT}/db-jobs"): [
        ({}, ["data", "type"]),
        ({"type": "x" * 65, "data": {}}, ["type"]),
        ({"type": ["save_message"], "data": {}}, ["type"]),
        ({"type": "get_conversations", "data": []}, ["data"]),
        ({"type": "get_conversations", "data": {"limit": "5"}}, ["limit"]),
        ({"type": "get_conversations", "data": {"limit": 101}}, ["limit"]),
        ({"type": "get_conversations", "data": {}, "owner": 1}, ["owner"]),
        ({"type": "update_guild_settings", "data": {"guildId": "x", "patch": {}}}, ["guildId"]),
    ],
    ("PUT", f"{ONE_GUILD}/settings"): SETTINGS,
    ("PATCH", f"{ONE_GUILD}/settings"): SETTINGS,
    ("POST", f"{ONE_GUILD}/settings/screenshot-channel"): [
        ({}, ["channelId"]),
        ({"channelId": 123456789012345678}, ["channelId"]),
        ({"channelId": "12345"}, ["channelId"]),
        ({"channelId": "123456789012345678", "guildId": GUILD}, ["guildId"]),
    ],
    ("POST", f"{CLUB}/ingest"): SCANS,
    ("POST", f"{CLUB}/screenshots"): [  # a form; what is wrong with pictures: test_refuse_pictures.py
        ({}, ["pictures"]),
        ({"pictures": "text"}, ["pictures"]),
        ({"hold": "maybe"}, ["hold"]),
        ({"observedAt": "now"}, ["observedAt"]),
        ({"guildId": GUILD}, ["guildId"]),
    ],
}

CURSORS = ["", "%00", "%ff", "A" * 400, "~", "-1", "0~0~0", "1~" + ID + "~", "' OR 1=1 --", "null", "\u0663", ID[:-1]]
LIMITS = ["0", "-1", "501", "1e2", "1.0", " 1", "0x10", "ten", "", "\u0663", "9" * 30]
QUERIES = {  # operation → parameter → what it doesn't take; cursors and limits are the same for all
    ("GET", f"{CHAT}/db-jobs"): {"status": ["done", "QUEUED", ""], "type": ["x" * 65, ""]},
    ("GET", f"{CLUB}/latest"): {"sort": ["name' --", "", "SIM"], "left": ["yes", ""]},
    ("GET", f"{CLUB}/movers"): {
        "days": ["0", "-7", "x", "9" * 20],
        "metric": ["power", ""],
        "percent": ["x", "-1", "NaN", "1e9", ""],
    },
    **{
        ("GET", f"{CLUB}/export.{suffix}"): {
            "what": ["everything", "../etc/passwd", ""],
            "sort": ["name' --", ""],
            "left": ["yes", ""],
        }
        for suffix in ("csv", "xlsx")
    },
}

UUIDS = [
    "1",
    "x",
    ID[:-1],
    ID.upper() + "0",
    ID.replace("-", ""),
    "{" + ID + "}",
    "%00",
    "%ff",
    "' OR 1=1 --",
    "9" * 400,
]
SNOWFLAKES = ["1", "x", "9" * 16, "9" * 21, "-" + "9" * 17, "\u0663" * 18, GUILD + "%00", "1e17", "' OR 1=1 --"]
IDS = {  # name in the path → (what is none, what the answer says)
    "conversation_id": (UUIDS, {"conversation_not_found"}),
    "job_id": (UUIDS, {"job_not_found"}),
    "guild_id": (SNOWFLAKES, {"guild_not_found"}),
    "key": (["%00", "%ff", "x" * 400, "' OR 1=1 --", "\u0663"], {"member_not_found"}),
}

HEADERS = {  # header → (values, the answer's status and code; None when it is as if there were none)
    "Authorization": (["Bearer", "Bearer x y", "Bearer \xff", "Basic YTpi", "Token x", "x"], (401, "unauthorized")),
    "X-Request-ID": (["", "x" * 65, "\xff", "a b", "{}"], None),
    "Prefer": (["wait", "wait=-1", "wait=x", "wait=1e9", "\xff", ";;;"], None),
    "If-None-Match": (['"', "W/", "\xff", "*" * 300], None),
}
KEYS = ["", " ", "x" * 256, "\xff", "a b", "\u0663"]  # of Idempotency-Key
DATES = ["now", "\xff", "Thu, 99 Nov 2026 00:00:00 GMT", "9" * 400]  # of If-Unmodified-Since: as if there were none
VERSIONS = ["x", '"x', "W/", '"1", "2"', "\xff", '"' + "9" * 40 + '"']  # of If-Match
