"""Jobs whose slow part is done outside a transaction, in every way in which that can end."""

import os
import signal
import time
from contextlib import suppress
from typing import Any

from django.db import DatabaseError, connection

from slimy.exceptions import PermanentError, RetryLater
from slimy.jobs.models import Job
from slimy.jobs.outside import Progress
from slimy.jobs.registry import Data, job
from slimy.sql import one, query
from slimy.wire import ChoiceField, WireSerializer
from tests.zoo.models import Probe


def _lose_the_session() -> None:
    query("SELECT pg_terminate_backend(pg_backend_pid())")


def _swallow() -> str:
    try:
        time.sleep(60)
    except BaseException:
        return "an answer that comes too late"
    return ""


def _refuse() -> None:
    raise PermanentError("Ask somebody else.")


def _later() -> None:
    raise RetryLater(seconds=7)


def _stumble() -> None:
    raise ValueError("no answer")


WAYS = {
    "answer": lambda: "forty-two",
    "transaction": lambda: str(connection.in_atomic_block) + str(connection.connection.info.transaction_status.name),
    "limits": lambda: (one("SELECT current_setting('idle_in_transaction_session_timeout') AS idle") or {})["idle"],
    "nap": lambda: time.sleep(0.4),
    "sleep": lambda: time.sleep(60),
    "swallow": _swallow,
    "sql": lambda: query("SELECT pg_sleep(60)"),
    "refuse": _refuse,
    "later": _later,
    "stumble": _stumble,
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "lose_the_session": _lose_the_session,
    "swallow_in_reading": lambda: "unheard",
}


class Asker(WireSerializer):
    """Payload: the way in which it asks."""

    way = ChoiceField(choices=list(WAYS))


def read(job: Job, data: Data) -> dict[str, Any]:
    """What the question needs."""
    if data["way"] == "swallow_in_reading":
        with suppress(DatabaseError):
            query("SELECT 1 / 0")
    return {"in_transaction": connection.in_atomic_block, "owner": job.require_owner().username}


def ask(job: Job, data: Data, inputs: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Say how far it is and ask."""
    progress(1, 2, "asking\0")
    return {"answer": WAYS[data["way"]](), **inputs}


def may_ask(owner: Any, data: Data) -> None:
    """Until somebody calls the owner "banned"."""
    if owner.first_name == "banned":
        raise PermanentError("You may not ask.")


@job("hasty_asker", payload=Asker, seconds=1, authorise=may_ask, inputs=read, outside=ask)
@job("asker", payload=Asker, authorise=may_ask, inputs=read, outside=ask)
def asker(job: Job, data: Data, answer: dict[str, Any]) -> Data:
    """Leave a probe with the answer."""
    Probe.objects.create(job_id=job.pk, note=str(answer["answer"]))
    return answer
