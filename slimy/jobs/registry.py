"""What types of jobs there are. An app's `jobs.py` registers them: one serializer and one function a type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from rest_framework.exceptions import ValidationError
from rest_framework.serializers import Serializer

from slimy.exceptions import OwnerGone, PayloadRefused, UnknownJobType
from slimy.jobs.ledger import Guard
from slimy.plain import reader

if TYPE_CHECKING:
    from slimy.accounts.models import User
    from slimy.jobs.models import Job

Data = dict[str, Any]
Perform = Callable[..., Mapping[str, Any]]
Authorise = Callable[["User", Data], None]
Results = Mapping[UUID, Mapping[str, Any]]
Inputs = Callable[["Job", Data], Any]
Warm = Callable[[], object]
Outside = Callable[["Job", Data, Any, Any], Any]  # the third: inputs; the fourth: slimy.jobs.outside.Progress
Many = Callable[[Sequence[tuple["Job", Data]]], Results]


@dataclass(frozen=True)
class JobType:
    """A type of job: its wire payload, who may run it, and what it does."""

    name: str
    queue: str
    payload: type[Serializer[Any]]
    perform: Perform
    authorise: Authorise | None = None
    locks: str | None = None
    limit: float | None = None
    many: Many | None = None
    may: str | None = None
    outside: Outside | None = None
    inputs: Inputs | None = None
    unowned: bool = False
    audited: bool = True
    warm: Warm | None = None

    @property
    def seconds(self) -> float:
        """What a job of this type may take, and each of its statements."""
        return self.limit or settings.JOBS["SECONDS"]

    def check(self, owner: User | None, payload: object) -> Data:
        """The validated data of a wire payload that `owner` may run; the same at the door and in the worker.

        Raises InvalidInput naming the fields, OwnerGone, and what `authorise` raises.
        """
        data = self.read(owner, payload)
        self.allow(owner, data)
        return data

    def allow(self, owner: User | None, data: Data) -> None:
        """Raise what `authorise` raises when the owner may not."""
        if self.authorise and owner:
            self.authorise(owner, data)

    def guard(self, payload: Mapping[str, Any]) -> Guard | None:
        """The question that accepting this job asks in place of `authorise`, if there is one."""
        subject = payload.get(self.locks) if self.may and self.locks else None
        return Guard(self.may, str(subject)) if self.may and subject else None

    def read(self, owner: User | None, payload: object) -> Data:
        """As `check`, without asking whether the owner may. Raises InvalidInput, OwnerGone."""
        if not (owner.is_active if owner else self.unowned):
            raise OwnerGone
        read = reader(self.payload)
        data: Data | None = read(payload) if read else None
        return self._validated(payload) if data is None else data

    def _validated(self, payload: object) -> Data:
        serializer = self.payload(data=payload)
        try:
            serializer.is_valid(raise_exception=True)
        except ValidationError as error:
            raise PayloadRefused(details=_as_fields(error.detail)) from error
        data: Data = serializer.validated_data
        return data

    def lock_key(self, job: Job) -> tuple[str, str, int]:
        """Where the job comes in a batch: by the row it locks, so that batches never deadlock, then by acceptance."""
        payload = job.payload if isinstance(job.payload, dict) else {}
        return (self.locks or "", str(payload.get(self.locks, "")).lower() if self.locks else "", job.number)


_types: dict[str, JobType] = {}


def job(  # noqa: PLR0913  a form to fill in, by name
    name: str,
    *,
    payload: type[Serializer[Any]],
    queue: str = "database",
    authorise: Authorise | None = None,
    locks: str | None = None,
    seconds: float | None = None,
    many: Many | None = None,
    may: str | None = None,
    outside: Outside | None = None,
    inputs: Inputs | None = None,
    unowned: bool = False,
    audited: bool = True,
    warm: Warm | None = None,
) -> Callable[[Perform], Perform]:
    """Register the decorated function `perform(job, data)` as the job type `name`.

    `payload` checks what comes in; `authorise(owner, data)` raises when the owner may not; `locks` names the wire
    field with the id of the row that the job locks; `seconds` is what a job may take, if not as long as the settings
    say. The function's mapping (wire names, JSON values) is the result. `many` does many jobs in one statement: it
    takes (job, data) and returns the results, by id, of those it did. It checks the rights itself; what it leaves out
    is done one by one. `may` says in SQL what `authorise` does: %(owner)s may do something to %(subject)s, the row that
    `locks` names; then the statement that accepts the job asks it, and `authorise` only says why not.
    `unowned` jobs may also be the system's own, in nobody's name: then nobody's rights are asked. The trail of a type
    that isn't `audited` is the ledger itself (docs/operations/audit.md).
    `outside(job, data, inputs, progress)` is slow work that is done before, in no transaction; the decorated function
    then takes its answer as a third argument. `inputs(job, data)` reads what it needs from the database, and
    `progress(done, total, current)` tells the owner how far it is (slimy/jobs/outside.py). The time of a type is that
    of each of the two. `warm()` loads what is slow to load when a worker of the queue starts, when no time is counted.
    Raises ImproperlyConfigured, which stops the start, when the name is taken or the queue doesn't exist.
    """

    def register(perform: Perform) -> Perform:
        _add(
            JobType(
                name,
                queue,
                payload,
                perform,
                authorise=authorise,
                locks=locks,
                limit=seconds,
                many=many,
                may=may,
                outside=outside,
                inputs=inputs,
                unowned=unowned,
                audited=audited,
                warm=warm,
            )
        )
        return perform

    return register


def _add(job_type: JobType) -> None:
    name, queue, module = job_type.name, job_type.queue, job_type.perform.__module__
    if name in _types:
        first = _types[name].perform.__module__
        raise ImproperlyConfigured(f'Job type "{name}" is registered twice: in {first} and in {module}.')
    if queue not in settings.QUEUES:
        raise ImproperlyConfigured(f'Job type "{name}" names the queue "{queue}", which is not in QUEUES.')
    _types[name] = job_type


def get(name: str) -> JobType:
    """The job type called `name`. Raises UnknownJobType."""
    try:
        return _types[name]
    except KeyError:
        raise UnknownJobType(f"There is no type of job called {name[:64]!r}.") from None


def staffed() -> set[str]:
    """The types whose queue has a worker on this machine."""
    return {name for name, job_type in _types.items() if job_type.queue not in settings.QUEUES_WITHOUT_WORKER}


def many(name: str) -> Many | None:
    """The function that does many jobs of this type together; None when there is none, or no such type."""
    return _types[name].many if name in _types else None


def names() -> list[str]:
    """All names of job types, sorted."""
    return sorted(_types)


def outside() -> list[str]:
    """The types that work outside a transaction: each of their jobs runs by itself."""
    return [name for name, job_type in _types.items() if job_type.outside]


def warm_up(queues: Sequence[str]) -> None:
    """Load what the types of these queues are slow to load; for a worker, before its first job."""
    for job_type in _types.values():
        if job_type.warm and job_type.queue in queues:
            job_type.warm()


def at_once(queues: Sequence[str], most: int) -> int:
    """How many jobs of these queues a worker may take: `most`, or one when all of them work outside a transaction."""
    return 1 if all(job_type.outside for job_type in _types.values() if job_type.queue in queues) else most


def longest(queues: Sequence[str]) -> float:
    """Seconds that a job of any type in these queues may take."""
    mine = (job_type.seconds for job_type in _types.values() if job_type.queue in queues)
    return max(mine, default=settings.JOBS["SECONDS"])


def queues() -> list[str]:
    """The queues that have at least one job type, in the order of the settings."""
    used = {job_type.queue for job_type in _types.values()}
    return [queue for queue in settings.QUEUES if queue in used]


def _as_fields(detail: Any) -> dict[str, Any]:
    return detail if isinstance(detail, dict) else {"": detail}
