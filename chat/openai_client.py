"""How the language model is asked: OpenAI's client, with bounds on what a server may send. Imported only to ask."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpx2
import openai
from django.conf import settings
from django.utils import timezone

from chat.provider import Answer, Turn, Unanswered
from slimy import jsonb

MAX_BYTES = 256 * 1024  # of an answer with its headers taken off; ours have a few KiB
MAX_CHARACTERS = 4000  # of a reply, as of any message
LONGEST_WAIT = 3600.0  # seconds; a server that asks for more asks for too much


class TooLarge(Exception):
    """The server sends more than anybody wants to hold, or packs it so that nobody can tell."""


class _Bounded(httpx2.SyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        left = MAX_BYTES
        for chunk in self._stream:
            left -= len(chunk)
            if left < 0:
                raise TooLarge
            yield chunk

    def close(self) -> None:
        self._stream.close()


def _bound(response: httpx2.Response) -> None:
    """Before the body is read: it is bounded, and isn't packed (a few bytes could become a gigabyte)."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise TooLarge
    response.stream = _Bounded(response.stream)  # type: ignore[arg-type]


@cache
def _client() -> openai.OpenAI:
    chat = settings.CHAT
    timeout = httpx2.Timeout(chat["READ_SECONDS"], connect=chat["CONNECT_SECONDS"])
    http = openai.DefaultHttpxClient(timeout=timeout, follow_redirects=False, event_hooks={"response": [_bound]})
    return openai.OpenAI(
        api_key=chat["API_KEY"],
        base_url=chat["BASE_URL"],
        timeout=timeout,
        max_retries=0,
        http_client=http,
        default_headers={"Accept-Encoding": "identity"},
    )


def warm_up() -> None:
    """Make the client, which reads certificates."""
    _client()


def forget() -> None:
    """The next call begins with connections of its own."""
    if _client.cache_info().currsize:
        _client().close()
        _client.cache_clear()


def ask(turns: Sequence[Turn]) -> Answer:
    """The model's answer to `turns`. Raises Unanswered."""
    messages: Any = [{"role": turn.role, "content": turn.content} for turn in turns]
    longest = settings.CHAT["ANSWER_TOKENS"]
    try:
        raw = _client().chat.completions.with_raw_response.create(
            model=settings.CHAT["MODEL"], messages=messages, max_tokens=longest
        )
    except openai.APIStatusError as error:
        raise _refusal(error) from error
    except openai.APITimeoutError as error:
        raise Unanswered("timeout") from error
    except (openai.APIConnectionError, httpx2.HTTPError, TooLarge) as error:
        raise Unanswered("too_large" if TooLarge in (type(error), type(error.__cause__)) else "connection") from error
    if not raw.headers.get("content-type", "").lower().startswith("application/json"):
        raise Unanswered("content_type")
    return _answer_in(raw.content)


def _refusal(error: openai.APIStatusError) -> Unanswered:
    """429 and what the server excuses itself for is tried again, when it says so; the rest is ours to mend."""
    status, after = error.status_code, retry_after(error.response.headers.get("retry-after"))
    if status == 429:
        return Unanswered("http_429", after=after, is_alive=True)
    if status >= 500 or status == 408:
        return Unanswered("http_5xx", after=after)
    return Unanswered("http_4xx", again=False, is_alive=status in (400, 413, 422))


def retry_after(header: str | None) -> float | None:
    """Seconds that a `Retry-After` asks to wait: a number, or a time (RFC 9110, 10.2.3). None for nonsense."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - timezone.now()).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT) if math.isfinite(seconds) else None


def _answer_in(body: bytes) -> Answer:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unanswered("malformed") from error
    match document:
        case {"choices": [{"message": {"content": str(text)}}, *_]}:
            reply = _bounded(text)
        case _:
            raise Unanswered("malformed")
    if not reply:
        raise Unanswered("empty")
    usage = document.get("usage")
    return Answer(reply, _count(usage, "prompt_tokens"), _count(usage, "completion_tokens"))


def _bounded(text: str) -> str:
    """Without what PostgreSQL can't store, and no longer than a message may be."""
    kept: str = json.loads(jsonb.cleaned(text)).strip()
    return kept if len(kept) <= MAX_CHARACTERS else kept[: MAX_CHARACTERS - 1] + "…"


def _count(usage: object, name: str) -> int:
    found = usage.get(name) if isinstance(usage, dict) else None
    return found if type(found) is int and 0 <= found < 10**9 else 0
