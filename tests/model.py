"""A language model that misbehaves in every way in which a server can."""

import os
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

from slimy.stack.language_model import Handler, LanguageModel, completion, reply_to

MEGABYTE = 1024 * 1024


def _hang(handler: Handler) -> None:
    time.sleep(30)


def _drip(handler: Handler) -> None:
    """A byte now and then: no single read takes long, and it never ends."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        time.sleep(0.2)


def _reset(handler: Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(handler.connection.detach())  # the files made of the socket would keep it open


def _cut_off(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.close_connection = True


def _endless(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    handler.close_connection = True
    for _ in range(200):
        handler.wfile.write(b" " * MEGABYTE)


def _json(document: object, status: int = 200, **headers: str) -> Callable[[Handler], None]:
    return lambda handler: handler.send_json(status, document, **headers)


def _body(body: bytes, content_type: str = "application/json", status: int = 200, **headers: str) -> Any:
    return lambda handler: handler.send_body(status, body, content_type, **headers)


NO_ANSWER = {  # way → the code under which it is counted
    "hang": (_hang, "timeout"),
    "drip": (_drip, "timeout"),
    "reset": (_reset, "connection"),
    "cut_off": (_cut_off, "connection"),
    "megabyte": (_json(completion("x" * MEGABYTE)), "too_large"),
    "endless": (_endless, "too_large"),
    "endless_error": (_body(b" " * MEGABYTE, status=500), "too_large"),
    "packed": (_body(b"\x1f\x8b", Content_Encoding="gzip"), "too_large"),
    "html": (_body(b"<h1>It works!</h1>", "text/html"), "content_type"),
    "no_json": (_body(b'{"choices": ['), "malformed"),
    "deep": (_body(b"[" * 200_000), "malformed"),
    "list": (_json([1, 2]), "malformed"),
    "no_choices": (_json({"choices": []}), "malformed"),
    "no_text": (_json(completion(None)), "malformed"),
    "number": (_json(completion(42)), "malformed"),
    "blank": (_json(completion("  \n")), "empty"),
    "error_500": (_json({"error": {"message": "boom"}}, 500), "http_5xx"),
    "busy_without_a_word": (_json({"error": {"message": "busy"}}, 429), "http_429"),
}
REFUSED = {"error_400": 400, "error_401": 401, "error_404": 404, "redirect": 302}


class Model(LanguageModel):
    """Behaves as `way` says; counts how many questions it answers at the same time."""

    def __init__(self, way: Callable[[Handler], None] | None = None, seconds: float = 0) -> None:
        super().__init__()
        self.way, self.seconds = way, seconds
        self.at_once = self.most_at_once = 0
        self.times: list[float] = []
        self._lock = threading.Lock()

    def respond(self, handler: Handler, question: dict[str, Any]) -> None:
        with self._lock:
            self.times.append(time.monotonic())
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            time.sleep(self.seconds)
            if self.way:
                self.way(handler)
            else:
                handler.send_json(200, completion(reply_to(question)))
        finally:
            with self._lock:
                self.at_once -= 1

    def prompts(self) -> list[str]:
        """The last message of every question."""
        return [question["messages"][-1]["content"] for question in self.asked]
