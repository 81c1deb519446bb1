"""The web servers that are compared: each takes messages and puts them into its queue. No worker runs meanwhile."""

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any, Protocol

import redis

from slimy.stack import ports, web
from tests.benchmarks import node, world
from tests.benchmarks.children import Child
from tests.benchmarks.contenders.bullmq import BullMQ
from tests.benchmarks.contenders.ours import Ours
from tests.benchmarks.messages import PEOPLE, message
from tests.benchmarks.place import Place

BOOT = 1.5  # seconds in which the other processes of the server will be there, too


class Server(Protocol):
    """A web server and what to send it."""

    name: str
    messages: int  # in a request

    def serving(self) -> Any:
        """Empties tables and queues, then serves as long as the block lasts: yields the port and the requests."""

    def accepted(self) -> int:
        """How many jobs it has put into its queue."""


def request(path: str, token: str, body: object) -> str:
    """A POST as a text of HTTP."""
    text = json.dumps(body)
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n{text}"
    )


class OurApi:
    """Our API under the web server of `make run`; `messages` above 1 goes through `/bulk`."""

    def __init__(self, place: Place, messages: int = 1) -> None:
        self.place, self.messages = place, messages
        self.name = "this project" if messages == 1 else f"this project, /bulk of {messages}"

    @contextmanager
    def serving(self) -> Iterator[tuple[int, list[str]]]:
        contender = Ours(self.place)
        contender.reset()
        requests = [self._request(n, person) for n, person in enumerate(contender.people)]
        with (
            ports.reserved() as reserved,
            Child(web.command(reserved), self.place.ours()) as server,
        ):
            port = ports.port_of(reserved)
            server.wait_until(lambda: answers(port), 60)
            time.sleep(BOOT)
            yield port, requests

    def accepted(self) -> int:
        rung = self.place.client(0).llen("rq:queue:database")
        ledger = int(world.value("SELECT count(*) FROM slimy_job WHERE status = 'queued'"))
        # A Redis that takes longer than 0.15 s is done without; the ledger rings for those jobs later.
        assert 0.97 * ledger <= rung <= ledger, f"{ledger} jobs in the ledger, but {rung} in Redis"
        return ledger

    def _request(self, n: int, person: world.Person) -> str:
        talk = {"conversationId": str(person.conversation.pk)}
        if self.messages == 1:
            return request("/api/chat/messages", person.token, talk | {"message": message(n)})
        many = [message(n) for _ in range(self.messages)]
        return request("/api/chat/messages/bulk", person.token, talk | {"messages": many})


def answers(port: int) -> bool:
    """Whether the server is there."""
    connection = http.client.HTTPConnection(ports.HOST, port, timeout=5)
    with closing(connection), suppress(OSError):
        connection.request("GET", "/health/live", headers={"Connection": "close"})
        return connection.getresponse().status == 200
    return False


class ExpressApi:
    """Express and BullMQ, one process or one for each core."""

    messages = 1

    def __init__(self, place: Place, processes: int) -> None:
        self.place, self.processes = place, processes
        self.name = "Express + BullMQ" if processes == 1 else f"Express + BullMQ, {processes} processes"

    @contextmanager
    def serving(self) -> Iterator[tuple[int, list[str]]]:
        BullMQ(self.place).reset()
        port = ports.free()
        with node.child(self.place, "api.js", str(port), str(self.processes), talks=True) as child:
            tokens = child.listen()["tokens"]
            yield port, [self._request(n, tokens[n]) for n in range(PEOPLE)]

    def accepted(self) -> int:
        client: redis.Redis = self.place.client(BullMQ.number)
        return int(client.llen("bench:database:wait"))

    def _request(self, n: int, token: str) -> str:
        return request("/api/chat/messages", token, {"conversationId": str(n + 1), "message": message(n)})


def command_line() -> str:
    """How our web server is started, for the report."""
    with ports.reserved() as reserved:
        return " ".join(["python", *web.command(reserved)[1:]])
