"""What staff may order: a failed job to be tried again, a waiting one to be dropped. Nothing else changes a job."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError

from slimy.accounts.models import User
from slimy.jobs.models import Job, Status
from slimy.sql import tx

AT_ONCE = 500  # jobs that one order may concern


@dataclass
class Outcome:
    """What became of an order: jobs that followed it, were in another state by then, or were being worked on."""

    done: list[UUID] = field(default_factory=list)
    late: list[UUID] = field(default_factory=list)
    running: list[UUID] = field(default_factory=list)


@dataclass(frozen=True)
class Order:
    """An order: legal only for jobs in the state `of`; the verb of the ledger says whether it came in time."""

    name: str
    of: Status
    verb: Callable[[UUID], bool]
    done: str
    consequence: str

    @property
    def title(self) -> str:
        """As a button says it."""
        return self.name.capitalize()

    def give(self, jobs: Iterable[Job], user: User | AnonymousUser) -> Outcome:
        """Carry it out in the name of `user`, job by job; each change and its entry in the admin's log are one."""
        outcome = Outcome()
        for job in jobs:
            getattr(outcome, self._give_one(job, user)).append(job.pk)
        return outcome

    def _give_one(self, job: Job, user: User | AnonymousUser) -> str:
        try:
            with tx():
                if not self.verb(job.pk):
                    return "late"
                LogEntry.objects.log_actions(user.pk, [job], CHANGE, self.done.capitalize() + ".", single_object=True)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != "55P03":  # lock_not_available
                raise
            return "running"
        return "done"


RETRY = Order(
    "retry",
    Status.FAILED,
    Job.objects.retry,
    done="put back into the queue",
    consequence="It waits again and has all its attempts; its errors so far stay on record.",
)
CANCEL = Order(
    "cancel",
    Status.QUEUED,
    Job.objects.cancel,
    done="cancelled",
    consequence="It will never be done. This can't be taken back.",
)
