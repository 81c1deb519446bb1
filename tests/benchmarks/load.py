"""A load generator: `python -m tests.benchmarks.load`. The same for all servers, and cheap: it shares their cores.

Reads one JSON object, {port, requests, connections, seconds, warm_up}: each connection sends the requests (texts of
HTTP) in turn, the next as soon as the answer to the last is there. Writes {sent, statuses, latencies}: `sent` counts
all, the rest is of those answered after the warm-up; milliseconds.
"""

import json
import re
import select
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass
from itertools import cycle

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


@dataclass
class Connection:
    """One connection, and what has come of the answer it waits for."""

    sock: socket.socket
    began: float = 0.0
    received: bytes = b""

    def send(self, request: bytes) -> None:
        self.received = b""
        self.began = time.perf_counter()
        self.sock.sendall(request)

    def complete(self) -> bool:
        """Read what is there; whether the answer is. Raises ConnectionError when the server closed."""
        chunk = self.sock.recv(65536)
        if not chunk:
            raise ConnectionError("the server closed a connection")
        self.received += chunk
        head = self.received.find(b"\r\n\r\n")
        if head < 0:
            return False
        found = LENGTH.search(self.received, 0, head + 2)
        if not found:
            raise ConnectionError(f"no Content-Length: {self.received[:300]!r}")
        return len(self.received) >= head + 4 + int(found[1])


def generate(port: int, requests: list[str], connections: int, seconds: float, warm_up: float) -> dict[str, object]:
    """Send until the time is up, then wait for the answers that are on their way."""
    texts = cycle(request.encode() for request in requests)
    poll, open_ = select.epoll(), {}
    for _ in range(connections):
        sock = socket.create_connection(("127.0.0.1", port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        open_[sock.fileno()] = Connection(sock)
        poll.register(sock, select.EPOLLIN)
        open_[sock.fileno()].send(next(texts))
    statuses: Counter[str] = Counter()
    latencies, sent = [], connections
    start = time.perf_counter() + warm_up
    end = start + seconds
    while open_:
        for fd, _ in poll.poll(30):
            connection = open_[fd]
            if not connection.complete():
                continue
            now = time.perf_counter()
            if start <= now < end:
                statuses[connection.received[9:12].decode()] += 1
                latencies.append((now - connection.began) * 1000)
            if now < end:
                connection.send(next(texts))
                sent += 1
            else:
                poll.unregister(fd)
                open_.pop(fd).sock.close()
    return {"sent": sent, "statuses": statuses, "latencies": latencies}


if __name__ == "__main__":
    print(json.dumps(generate(**json.loads(sys.stdin.readline()))), flush=True)
    sys.stdin.read()
