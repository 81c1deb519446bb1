"""One behaviour for every way a job can end."""

import os
import sys
import time
from contextlib import suppress

from django.db import DatabaseError, connection, transaction

from slimy.exceptions import PermanentError, RetryLater
from slimy.jobs.models import Job
from slimy.jobs.registry import Data, job
from slimy.sql import query
from slimy.wire import ChoiceField, TextField, WireSerializer
from tests.zoo import outside, overlong
from tests.zoo.models import Child, Parent, Probe


class Refused(PermanentError):
    """The zoo refuses."""

    code = "zoo_refused"


def _swallow_sql() -> None:
    with suppress(DatabaseError):
        query("SELECT 1 / 0")


def _swallow_orm() -> None:
    with suppress(DatabaseError):
        Probe.objects.create(pk=Probe.objects.latest("pk").pk, job_id="0" * 32)


def _abandoned_rollback() -> None:
    transaction.set_rollback(True)


def _hang_up() -> None:
    query("SELECT pg_terminate_backend(pg_backend_pid())")


def _lock_parents(order: str) -> None:
    for pk in list(Parent.objects.order_by(order).values_list("pk", flat=True)):
        Parent.objects.select_for_update().get(pk=pk)
        time.sleep(0.02)


def _raise(error: BaseException) -> None:
    raise error


BEHAVIOURS = {
    "complete": lambda: None,
    "python_error": lambda: _raise(ValueError("a secret of the zoo \0 \ud800")),
    "refused": lambda: _raise(Refused()),
    "later": lambda: _raise(RetryLater(seconds=30)),
    "integrity_error": lambda: Probe.objects.create(job_id=None),
    "deferred_foreign_key": lambda: Child.objects.create(parent_id=404),
    "swallowed_sql_error": _swallow_sql,
    "swallowed_orm_error": _swallow_orm,
    "abandoned_rollback": _abandoned_rollback,
    "statement_timeout": lambda: query("SET LOCAL statement_timeout = '20ms'; SELECT pg_sleep(5)"),
    "system_exit": lambda: sys.exit(3),
    "recursion": lambda: _recurse(1),
    "nul_in_result": lambda: {"text": "\0"},
    "surrogate_in_result": lambda: {"text": "\ud800"},
    "nan_in_result": lambda: {"number": float("nan")},
    "huge_result": lambda: {"text": "x" * 5_000_000},
    "object_in_result": lambda: {"thing": object()},
    "no_result": lambda: 42,
    "hang_up": _hang_up,
    "brief": lambda: time.sleep(0.005),
    "slow": lambda: time.sleep(0.15),
    "crash": lambda: os._exit(7),
    "sleep": lambda: time.sleep(3),
    "endless": lambda: time.sleep(60),
    "show_limits": overlong.show_limits,
    "lock_forwards": lambda: _lock_parents("pk"),
    "lock_backwards": lambda: _lock_parents("-pk"),
}
__all__ = ["outside"]  # its jobs register themselves

HARMLESS = (
    "complete", "later", "hang_up", "brief", "slow", "crash", "sleep", "endless", "show_limits",
    "lock_forwards", "lock_backwards",
)  # fmt: skip
FAILING = [name for name in BEHAVIOURS if name not in HARMLESS]


def _recurse(depth: int) -> None:
    _recurse(depth + 1)


class Animal(WireSerializer):
    """Payload: how to behave."""

    how = ChoiceField(choices=list(BEHAVIOURS))
    note = TextField(required=False, allow_blank=True)


@job("zoo", payload=Animal)
def zoo(job: Job, data: Data) -> Data:
    """Leave a probe, then behave."""
    Probe.objects.create(job_id=job.pk, note=f"{connection.connection.info.backend_pid} {os.getpid()}")
    result = BEHAVIOURS[data["how"]]()
    return {"ok": True} if result is None or not isinstance(result, (dict, int)) else result
