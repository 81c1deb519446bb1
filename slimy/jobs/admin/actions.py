"""What staff may do: have a failed job tried again, cancel a waiting one. Nothing else changes a job."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import OperationalError

from slimy.accounts.models import User
from slimy.jobs.models import Job, Status
from slimy.sql import tx

AT_ONCE = 500  # jobs that one action may concern


@dataclass
class Outcome:
    """What became of it: jobs that it was done to, that were in another state by then, or were being worked on."""

    done: list[UUID] = field(default_factory=list)
    late: list[UUID] = field(default_factory=list)
    running: list[UUID] = field(default_factory=list)


@dataclass(frozen=True)
class StaffAction:
    """Legal only for jobs in the state `of`; the verb of the ledger says whether it came in time."""

    name: str
    of: Status
    verb: Callable[[UUID], bool]
    many: Callable[[Sequence[UUID]], int]
    done: str
    consequence: str

    @property
    def title(self) -> str:
        """As a button says it."""
        return self.name.capitalize()

    def run(self, jobs: Iterable[Job], user: User) -> Outcome:
        """Carry it out in the name of `user`, job by job; each change and its entry in the admin's log are one."""
        outcome = Outcome()
        for job in jobs:
            getattr(outcome, self._run_one(job, user)).append(job.pk)
        return outcome

    def _run_one(self, job: Job, user: User) -> str:
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


RETRY = StaffAction(
    "retry",
    Status.FAILED,
    Job.objects.retry,
    Job.objects.retry_many,
    done="put back into the queue",
    consequence="Back in the queue with all attempts; the errors so far stay on record.",
)
CANCEL = StaffAction(
    "cancel",
    Status.QUEUED,
    Job.objects.cancel,
    Job.objects.cancel_many,
    done="cancelled",
    consequence="What is cancelled will never be done. This can't be taken back.",
)
