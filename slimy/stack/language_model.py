"""A tiny server that speaks OpenAI's chat completions, for `make demo` and the tests: it answers by rule, at once."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from slimy.stack import ports

LONGEST_BODY = 1024 * 1024
WORDS_SHOWN = 12


class LanguageModel(ThreadingHTTPServer):
    """`with LanguageModel() as model:` answers at `model.url` until the end of the block.

    Tests override `respond`, and read `asked`: the bodies of all questions so far.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__((ports.HOST, 0), Handler)
        self.asked: list[dict[str, Any]] = []
        self.key = "demo"

    @property
    def url(self) -> str:
        """What OPENAI_BASE_URL has to be."""
        return f"http://{ports.HOST}:{self.server_port}/v1"

    @property
    def environment(self) -> dict[str, str]:
        """What a process has to be told to ask this model, and not by way of a proxy."""
        return {"OPENAI_BASE_URL": self.url, "OPENAI_API_KEY": self.key, "NO_PROXY": ports.HOST}

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no matter."""

    def respond(self, handler: Handler, question: dict[str, Any]) -> None:
        """Answer one question."""
        handler.send_json(200, completion(reply_to(question)))


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: LanguageModel
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """`POST /v1/chat/completions`."""
        length = int(self.headers.get("Content-Length") or 0)
        if not self.path.endswith("/chat/completions") or not 0 < length <= LONGEST_BODY:
            self.send_json(404, {"error": {"message": "There is nothing here."}})
        elif self.headers.get("Authorization") != f"Bearer {self.server.key}":
            self.send_json(401, {"error": {"message": "This key isn't known."}})
        else:
            question = json.loads(self.rfile.read(length))
            self.server.asked.append(question)
            self.server.respond(self, question)

    def send_json(self, status: int, document: object, **headers: str) -> None:
        """A whole answer; of the names of headers "_" becomes "-"."""
        self.send_body(status, json.dumps(document).encode(), "application/json", **headers)

    def send_body(self, status: int, body: bytes, content_type: str, **headers: str) -> None:
        """The same of any type."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: who wants to know reads `asked`."""


def completion(text: object, prompt_tokens: int = 12, completion_tokens: int = 8) -> dict[str, Any]:
    """An answer as OpenAI writes it."""
    usage = {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens}
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"id": "chatcmpl-demo", "object": "chat.completion", "model": "demo", "choices": [choice], "usage": usage}


def reply_to(question: dict[str, Any]) -> str:
    """A reply that shows what was asked."""
    turns = question.get("messages") or [{}]
    words = str(turns[-1].get("content", "")).split()
    shown = " ".join(words[:WORDS_SHOWN]) + (" …" if len(words) > WORDS_SHOWN else "")
    return f"You asked: “{shown}” I am only a demonstration, but a language model would answer here."
