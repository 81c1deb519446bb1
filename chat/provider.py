"""The language model behind one small interface: `complete(turns)` answers, or raises Unanswered and says why.

Any server that speaks OpenAI's chat completions will do. Nothing here waits for a second try: the ledger does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from chat.breaker import Breaker
from chat.metrics import MODEL_ERRORS, MODEL_SECONDS, MODEL_TOKENS
from slimy.time_limits import OutOfTime, is_leaving, within

FAILURES, LEFT_ALONE = 3, 30.0  # failures in a row, after which the server is left alone for so many seconds

breaker = Breaker(FAILURES, LEFT_ALONE)


@dataclass(frozen=True)
class Turn:
    """One message of a prompt: `role` is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True)
class Answer:
    """What the model said, and what it counted (0 when it doesn't say)."""

    text: str
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Unanswered(Exception):
    """There is no answer. `code` is one of a small set; `again` says whether another try could help, `after` when."""

    def __init__(self, code: str, *, again: bool = True, after: float | None = None, is_alive: bool = False) -> None:
        super().__init__(code)
        self.code, self.again, self.after = code, again, after
        self.is_alive = is_alive  # the server answers, if only with a refusal


def complete(turns: Sequence[Turn]) -> Answer:
    """The model's answer within CHAT_TOTAL_SECONDS. Raises Unanswered, and OutOfTime when this process is to end."""
    if not settings.CHAT["API_KEY"]:
        raise Unanswered("no_key", again=False)
    if not breaker.allows():
        raise Unanswered("breaker_open", again=False)
    try:
        with MODEL_SECONDS.time():
            answer = _in_time(turns)
    except Unanswered as why:
        MODEL_ERRORS.labels(why.code).inc()
        (breaker.succeeded if why.is_alive else breaker.failed)()
        raise
    breaker.succeeded()
    MODEL_TOKENS.labels("prompt").inc(answer.prompt_tokens)
    MODEL_TOKENS.labels("completion").inc(answer.completion_tokens)
    return answer


def warm_up() -> None:
    """Load what asking takes, unless there is nobody to ask: most of a second and 45 MiB, for workers only."""
    if settings.CHAT["API_KEY"]:
        from chat import openai_client

        openai_client.warm_up()


def _in_time(turns: Sequence[Turn]) -> Answer:
    from chat import openai_client

    try:
        return within(settings.CHAT["TOTAL_SECONDS"], lambda: openai_client.ask(turns))
    except OutOfTime:
        openai_client.forget()  # it may have struck anywhere
        if is_leaving():
            raise
        raise Unanswered("timeout") from None
