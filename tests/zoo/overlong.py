"""Jobs that take longer than the second their type allows, in every way."""

import itertools
import time

from slimy.exceptions import PermanentError
from slimy.jobs.models import Job
from slimy.jobs.registry import Data, job
from slimy.sql import one, query
from slimy.wire import ChoiceField, WireSerializer
from tests.zoo.models import Probe


def _spin() -> None:
    while True:
        try:
            sum(range(1000))
        except Exception:
            raise AssertionError("a deadline that is an Exception") from None


def _swallow() -> None:
    try:
        time.sleep(60)
    except BaseException:
        return


def _swallow_for_ever() -> None:
    while True:
        _swallow()


def _patient_sql() -> None:
    query("SET LOCAL statement_timeout = 0; SELECT pg_sleep(60)")


def _many_statements() -> None:
    while True:
        query("SELECT pg_sleep(0.2)")


def _hold_the_interpreter() -> None:
    sum(itertools.repeat(0))  # a loop in C


def show_limits() -> Data | None:
    """What the statements of this job may take."""
    return one("SELECT current_setting('statement_timeout') AS all, current_setting('lock_timeout') AS lock")


def _refuse() -> None:
    raise PermanentError


WAYS = {
    "show_limits": show_limits,
    "refuse": _refuse,
    "in_time": lambda: None,
    "spin": _spin,
    "sleep": lambda: time.sleep(60),
    "sql": lambda: query("SELECT pg_sleep(60)"),
    "patient_sql": _patient_sql,
    "many_statements": _many_statements,
    "swallow": _swallow,
    "swallow_for_ever": _swallow_for_ever,
    "hold_the_interpreter": _hold_the_interpreter,
}


class Overlong(WireSerializer):
    """Payload: the way."""

    way = ChoiceField(choices=list(WAYS))


@job("overlong", payload=Overlong, seconds=1)
def overlong(job: Job, data: Data) -> Data:
    """Leave a probe, then take too long."""
    Probe.objects.create(job_id=job.pk)
    return WAYS[data["way"]]() or {}
