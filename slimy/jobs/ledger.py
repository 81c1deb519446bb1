"""The verbs of the ledger. Each transition of a job has its one home here; nobody else assigns `job.status`.

All are compare-and-set: they act only on rows that are still in the state they start from, and say which those were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from slimy.jobs import statements
from slimy.sql import one, query, send_along, send_last, texts, tx, uuids

if TYPE_CHECKING:
    from slimy.jobs.models import Job

_JSON = DjangoJSONEncoder()

MAX_SETBACKS = 100
RING_AGAIN = 15  # seconds until an unanswered message is sent again; then as long as it has waited, up to 5 min
LONGEST_SILENCE = 60  # seconds from a claim to its lock, after which a worker that seems to live counts as dead


@dataclass(frozen=True)
class Guard:
    """A condition in SQL for accepting a job: %(owner)s is who asks, %(subject)s the id of what it is about."""

    sql: str
    subject: str


@dataclass(frozen=True)
class Completion:
    """A job that succeeded; `result` is JSON text, already checked and bounded."""

    job: Job
    result: str


@dataclass(frozen=True)
class Failure:
    """A job that didn't. `free` failures cost no attempt; `error` is JSON text with one entry for `errors`."""

    job: Job
    error: str
    code: str
    delay: float
    permanent: bool = False
    free: bool = False


@dataclass(frozen=True)
class Claim:
    """Jobs that a worker took together; the token is on their rows as long as they are its."""

    token: UUID
    jobs: list[Job]


class Ledger(models.Manager["Job"]):
    """`Job.objects`."""

    def accept(self, job: Job, delay: float, rings_in: float, most: int, guard: Guard | None = None) -> bool:
        """→ queued, due in `delay` seconds; its message is sent again after `rings_in` seconds if need be.

        False when the owner has `most` open jobs, or the guard is against it.
        Raises IntegrityError for an idempotency key used before.
        """
        names = (
            "queue",
            "type",
            "priority",
            "request_id",
            "idempotency_key",
            "fingerprint",
            "deliveries",
            "max_attempts",
        )
        values = {name: getattr(job, name) for name in names}
        payload = _JSON.encode(job.payload)
        more = {"id": job.pk, "owner": job.owner_id, "delay": delay, "rings_in": rings_in, "most": most}
        subject = {"subject": guard.subject} if guard else {}
        row = one(statements.accept(guard and guard.sql), {**values, **more, **subject, "payload": payload})
        if row is None:
            return False
        for name, value in row.items():
            setattr(job, name, value)
        job._state.adding, job._state.db = False, self.db  # noqa: SLF001  as the ORM would have it
        return True

    def claim(
        self,
        ids: Sequence[UUID],
        worker: str,
        queues: Sequence[str],
        *,
        alone: bool = False,
        apart: Sequence[str] = (),
    ) -> Claim | None:
        """queued → active for those of `ids` that are due; None when none is.

        Jobs that a worker died with and those of the types `apart` are left out unless `alone`: they run by themselves.
        """
        token = uuid4()
        terms = {"queues": texts(queues), "alone": alone, "apart": texts(apart)}
        rows = query(statements.CLAIM, {"ids": uuids(ids), "claim": token, "worker": worker, **terms})
        return Claim(token, self.model.of_claim(rows)) if rows else None

    def hold(self, claim: Claim) -> list[Job]:
        """Lock the jobs of a claim until the end of the transaction: the lock is lease and fence.

        Rows that were rescued meanwhile are not among them.
        """
        held = {row["id"] for row in query(statements.HOLD, _rows_of(claim))}
        return [job for job in claim.jobs if job.id in held]

    def hold_along(self, claim: Claim) -> list[Job]:
        """The same with the transaction's next statement, without a look at what is left of the claim.

        For what won't be long: when a row was rescued meanwhile, what records the ends comes up short and fails. So
        does the statement that it goes with where somebody else keeps a row locked for too long.
        """
        send_along(statements.HOLD, _rows_of(claim))
        return claim.jobs

    def complete(self, claim: UUID, completions: Sequence[Completion]) -> None:
        """active → completed, together with the effects in this transaction, whose COMMIT fails when one isn't held."""
        if not completions:
            return
        outcomes = ",".join(f'{{"id":"{done.job.id}","result":{done.result}}}' for done in completions)
        send_last(statements.COMPLETE, {"claim": claim, "outcomes": f"[{outcomes}]", "held": len(completions)})

    def fail(self, claim: UUID, failures: Sequence[Failure], *, all_held: bool = True) -> dict[UUID, str]:
        """active → queued for another try, or → failed; returns the new status by id.

        Without `all_held`, rows that were rescued meanwhile are left out.
        """
        if not failures:
            return {}
        ids = [failure.job.pk for failure in failures]
        rows = query(
            statements.FAIL,
            {
                "claim": claim,
                "ids": ids,
                "errors": [failure.error for failure in failures],
                "delays": [float(failure.delay) for failure in failures],
                "permanent": [failure.permanent for failure in failures],
                "free": [failure.free for failure in failures],
                "max_setbacks": MAX_SETBACKS,
            },
        )
        if all_held:
            _all_of(ids, rows)
        return {row["id"]: row["status"] for row in rows}

    def postpone(self, claim: UUID, ids: Sequence[UUID]) -> None:
        """active → queued for jobs that a batch hadn't time for; they count as never taken."""
        if ids:
            _all_of(ids, query(statements.POSTPONE, {"claim": claim, "ids": uuids(ids)}))

    def release(self, claim: UUID) -> list[UUID]:
        """active → queued for all that a claim still holds; they count as never taken."""
        return [row["id"] for row in query(statements.POSTPONE, {"claim": claim, "ids": None})]

    def give_back(self, claim: UUID, delay: float) -> list[UUID]:
        """active → queued for what a claim still holds, no attempt spent: the batch was aborted, no job's fault.

        They wait for `delay` seconds, times one more for each earlier setback.
        """
        rows = query(statements.GIVE_BACK, {"claim": claim, "delay": delay, "max_setbacks": MAX_SETBACKS})
        return [row["id"] for row in rows]

    def suspects(self, ids: Sequence[UUID], apart: Sequence[str] = ()) -> tuple[list[UUID], list[UUID]]:
        """Those of `ids` that wait, are due, and are to be run alone: now, and another time.

        Held by a worker that died: now. Of the types `apart`: one of them now, since they are slow. The messages of
        all are due again: of those left, and so that none waits long when the first of them kills this worker too.
        """
        rows = query(statements.SUSPECTS, {"ids": uuids(ids), "apart": list(apart)})
        slow = [row["id"] for row in rows if row["apart"]]
        return [row["id"] for row in rows if not row["apart"]] + slow[:1], slow[1:]

    def step_outside(self, claim: Claim, silence: float) -> bool:
        """The claim is as good as held for `silence` seconds, while its session lives; False when it is lost."""
        return one(statements.STEP_OUTSIDE, {"claim": claim.token, "silence": silence}) is not None

    def note_progress(self, claim: UUID, progress: str) -> bool:
        """Write how far an active job is, as JSON text; False when the claim is lost."""
        return one(statements.NOTE_PROGRESS, {"claim": claim, "progress": progress}) is not None

    def rescue(self) -> list[dict[str, Any]]:
        """active → queued (or failed) for jobs whose worker died: its session has ended, nobody holds their lock."""
        return query(statements.RESCUE, {"silence": LONGEST_SILENCE})

    def take_unrung(self, queue: str, limit: int) -> list[dict[str, Any]]:
        """Waiting jobs of a queue whose message is due or was lost, stamped as delivered once more.

        Each row has id, number, queue, priority and deliveries.
        """
        return query(statements.TAKE_UNRUNG, {"queue": queue, "limit": limit, "again": RING_AGAIN})

    def cancel(self, pk: UUID) -> bool:
        """queued → cancelled; False when it no longer waits."""
        with tx():
            query("SET LOCAL lock_timeout = '200ms'")
            return one(statements.CANCEL, {"id": pk}) is not None

    def retry(self, pk: UUID) -> bool:
        """failed → queued with all its attempts again, on staff's explicit wish; False when it isn't failed."""
        return one(statements.RETRY, {"id": pk}) is not None

    def cancel_many(self, ids: Sequence[UUID]) -> int:
        """As `cancel`, of those that still wait and that nobody holds; how many they were."""
        return len(query(statements.CANCEL_MANY, {"ids": uuids(ids)}))

    def retry_many(self, ids: Sequence[UUID]) -> int:
        """As `retry`, of those that are still failed; how many they were."""
        return len(query(statements.RETRY_MANY, {"ids": uuids(ids)}))


def _rows_of(claim: Claim) -> dict[str, Any]:
    return {"ids": uuids(job.id for job in claim.jobs), "claim": claim.token}


def _all_of(held: Sequence[Any], rows: Sequence[dict[str, Any]]) -> None:
    if len(rows) != len(held):
        raise RuntimeError(f"{len(held)} held jobs, but {len(rows)} rows recorded")
