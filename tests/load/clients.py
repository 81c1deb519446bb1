"""200 clients in one process: `python -m tests.load.clients`. It shares its cores with the servers, so it is cheap.

Reads one JSON object, {port, seconds, pause, clients: [{number, token, conversation, guild}]}: each client sends a
request, waits for its answer, pauses, and sends the next. Writes {answers: [[route, status, milliseconds]], jobs:
{job id: type}, reconnected, failures}. A client whose connection the server closed while it was idle connects again
and repeats the request, as its Idempotency-Key allows.
"""

import heapq
import json
import select
import socket
import sys
import time
from dataclasses import dataclass, field

from tests.benchmarks.load import Connection
from tests.load.profile import Client

PATIENCE = 30.0  # seconds for an answer


@dataclass
class Talk:
    """A client with its connection and the request that is on its way."""

    client: Client
    line: Connection | None = None
    route: str = ""
    text: bytes = b""
    began: float = 0.0
    again: bool = False


@dataclass
class Crowd:
    """All of them."""

    port: int
    pause: float
    answers: list[tuple[str, str, float]] = field(default_factory=list)
    jobs: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    reconnected: int = 0

    def __post_init__(self) -> None:
        self._poll, self._waiting, self._due = select.epoll(), {}, []

    def run(self, clients: list[Client], seconds: float) -> None:
        """Until the time is up and each answer that is on its way has come, or has been waited for."""
        start = time.perf_counter()
        self._due = [(start + client.pause(self.pause), client.number, Talk(client)) for client in clients]
        heapq.heapify(self._due)
        end = start + seconds
        while (now := time.perf_counter()) < end or self._waiting:
            while now < end and self._due and self._due[0][0] <= now:
                self._send(heapq.heappop(self._due)[2])
            wake = min(self._due[0][0], end) if self._due and now < end else now + 1
            for number, _ in self._poll.poll(max(0.0, wake - time.perf_counter())):
                self._receive(self._waiting[number])
            self._give_up(time.perf_counter() - PATIENCE)

    def _send(self, talk: Talk) -> None:
        _, talk.route, talk.text = talk.client.next_request()
        talk.began, talk.again = time.perf_counter(), False
        self._write(talk)

    def _write(self, talk: Talk) -> None:
        try:
            if talk.line is None:
                talk.line = Connection(socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE))
                talk.line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            talk.line.send(talk.text)
        except OSError as error:
            self._hung_up(talk, error)
            return
        number = talk.line.sock.fileno()
        self._waiting[number] = talk
        self._poll.register(number, select.EPOLLIN)

    def _receive(self, talk: Talk) -> None:
        try:
            if not talk.line.complete():
                return
        except OSError as error:
            self._hung_up(talk, error)
            return
        self._leave(talk)
        now = time.perf_counter()
        head, _, body = talk.line.received.partition(b"\r\n\r\n")
        status = head[9:12].decode()
        self.answers.append((talk.route, status, (now - talk.began) * 1000))
        self._note(talk, status, body)
        if b"connection: close" in head.lower():
            self._close(talk)
        self._later(talk)

    def _note(self, talk: Talk, status: str, body: bytes) -> None:
        if status == "202":
            accepted = json.loads(body)
            self.jobs[accepted["jobId"]] = accepted["jobType"]
            talk.client.jobs.append(accepted["jobId"])
        elif status not in ("200", "429"):
            self.failures.append(f"{talk.route}: {status} {body[:300].decode(errors='replace')}")

    def _hung_up(self, talk: Talk, error: OSError) -> None:
        """The server may close a connection on which nothing happens; twice for one request is an error."""
        began = bool(talk.line and talk.line.received)
        self._close(talk)
        if talk.again or began:
            self.failures.append(f"{talk.route}: {type(error).__name__} {error}")
            self._later(talk)
            return
        talk.again = True
        self.reconnected += 1
        self._write(talk)

    def _give_up(self, before: float) -> None:
        for talk in [talk for talk in self._waiting.values() if talk.began < before]:
            self.failures.append(f"{talk.route}: no answer within {PATIENCE:.0f} s")
            self._close(talk)
            self._later(talk)

    def _later(self, talk: Talk) -> None:
        heapq.heappush(self._due, (time.perf_counter() + talk.client.pause(self.pause), talk.client.number, talk))

    def _leave(self, talk: Talk) -> None:
        if talk.line and self._waiting.pop(talk.line.sock.fileno(), None):
            self._poll.unregister(talk.line.sock.fileno())

    def _close(self, talk: Talk) -> None:
        self._leave(talk)
        if talk.line:
            talk.line.sock.close()
            talk.line = None


def main() -> None:
    """One run."""
    plan = json.loads(sys.stdin.readline())
    crowd = Crowd(plan["port"], plan["pause"])
    crowd.run([Client(**each, jobs=[]) for each in plan["clients"]], plan["seconds"])
    found = {name: getattr(crowd, name) for name in ("answers", "jobs", "failures", "reconnected")}
    print(json.dumps(found), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
