"""What a client does: so many of a hundred requests of each kind, and how each is written."""

import json
import random
from dataclasses import dataclass
from itertools import count

SHARES = {"status poll": 70, "message": 20, "list": 5, "guild read": 4, "ingestion": 1}
MEMBERS = 55  # of a scan: a full club
GUILD_READS = ("club/latest", "settings", "analytics")
NAMES = [f"Snail {number}" for number in range(MEMBERS)]


@dataclass
class Client:
    """A user with a token, a conversation and a guild, and the jobs it was promised."""

    number: int
    token: str
    conversation: str
    guild: str
    jobs: list[str]

    def __post_init__(self) -> None:
        self._chance = random.Random(self.number)
        self._said = count(1)

    def pause(self, mean: float) -> float:
        """Seconds until the next request."""
        return self._chance.expovariate(1 / mean)

    def next_request(self) -> tuple[str, str, bytes]:
        """(kind, route, text of HTTP). Who has no job yet has nothing to poll, and says something instead."""
        (kind,) = self._chance.choices(list(SHARES), weights=list(SHARES.values()))
        if kind == "status poll" and not self.jobs:
            kind = "message"
        made = {
            "status poll": self._poll,
            "message": self._message,
            "list": self._list,
            "guild read": self._read,
            "ingestion": self._scan,
        }[kind]
        return (kind, *made())

    def _poll(self) -> tuple[str, bytes]:
        job = self._chance.choice(self.jobs[-3:])
        return "GET /api/chat/db-jobs/<id>", self._written("GET", f"/api/chat/db-jobs/{job}")

    def _message(self) -> tuple[str, bytes]:
        content = f"{'hello world ' * 10}#{next(self._said)}"
        body = {"conversationId": self.conversation, "message": {"role": "user", "content": content}}
        return "POST /api/chat/messages", self._written("POST", "/api/chat/messages", body)

    def _list(self) -> tuple[str, bytes]:
        path = self._chance.choice(["/api/chat/conversations", "/api/chat/db-jobs"])
        return f"GET {path}", self._written("GET", f"{path}?limit=20")

    def _read(self) -> tuple[str, bytes]:
        what = self._chance.choice(GUILD_READS)
        return f"GET /api/guilds/<id>/{what}", self._written("GET", f"/api/guilds/{self.guild}/{what}")

    def _scan(self) -> tuple[str, bytes]:
        rows = [{"name": name, "totalPower": self._chance.randrange(10_000, 99_999)} for name in NAMES]
        path = f"/api/guilds/{self.guild}/club/ingest"
        return "POST /api/guilds/<id>/club/ingest", self._written("POST", path, {"ocrResult": {"rows": rows}})

    def _written(self, method: str, path: str, body: object = None) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {self.token}"]
        text = json.dumps(body) if body else ""
        if body:
            key = f"{self.number}-{self._chance.getrandbits(64):016x}"
            lines += ["Content-Type: application/json", f"Content-Length: {len(text)}", f"Idempotency-Key: {key}"]
        return "\r\n".join([*lines, "", text]).encode()
