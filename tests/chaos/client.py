"""A client of the API: one user, one lasting connection."""

import http.client
import json
import time
from dataclasses import dataclass
from email.message import Message
from typing import Any
from uuid import UUID, uuid4

from tests.chaos.acceptance import AcceptanceLog, Accepted

PATIENCE = 5.0  # seconds until a request counts as hanging
INSISTENCE = 15.0  # seconds; a web server that ended is back by then


@dataclass(frozen=True)
class Answer:
    """What came back: HTTP status (0: nothing came), the document, the headers, and after how many seconds."""

    status: int
    document: dict[str, Any]
    headers: Message  # whatever the case of their names
    seconds: float


class Client:
    """Talks to the API in the name of `owner`. Not for two threads at once."""

    def __init__(self, port: int, owner: str, token: str, log: AcceptanceLog) -> None:
        self.owner = owner
        self.answers: list[Answer] = []
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._log = log
        self._link = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def request(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """One request, never repeated."""
        began = time.monotonic()
        try:
            text = None if body is None else json.dumps(body)
            self._link.request(method, path, text, self._headers | headers)
            response = self._link.getresponse()
            document = json.loads(response.read() or b"{}")
            answer = Answer(response.status, document, response.headers, time.monotonic() - began)
        except (OSError, http.client.HTTPException, ValueError):
            self._link.close()
            answer = Answer(0, {}, Message(), time.monotonic() - began)
        self.answers.append(answer)
        return answer

    def post(self, type: str, data: dict[str, Any], key: str | None = None, **promise: Any) -> Answer:
        """Ask for a job; log it when the answer is 202."""
        key = key or uuid4().hex
        answer = self.request("POST", "/api/chat/db-jobs", {"type": type, "data": data}, **{"Idempotency-Key": key})
        if answer.status == 202:
            self._log.add([Accepted(UUID(answer.document["jobId"]), self.owner, type, **promise)])
        return answer

    def insist(self, type: str, data: dict[str, Any], **promise: Any) -> int:
        """Ask with one Idempotency-Key until the answer is 202; returns how many requests that took.

        Raises TimeoutError when it isn't within INSISTENCE.
        """
        key, until = uuid4().hex, time.monotonic() + INSISTENCE
        attempt = 1
        while self.post(type, data, key, **promise).status != 202:
            if time.monotonic() > until:
                raise TimeoutError(f"no 202 in {INSISTENCE} s: {self.answers[-1]}")
            time.sleep(0.05)
            attempt += 1
        return attempt

    def status_of(self, job: UUID) -> Answer:
        """Ask how a job is."""
        return self.request("GET", f"/api/chat/db-jobs/{job}")

    def close(self) -> None:
        """Hang up."""
        self._link.close()
