"""The status API, and the base of every view that makes a job."""

import re
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from slimy.accounts.models import User
from slimy.api import ApiView, body_of
from slimy.audit.record import note_recorded, record
from slimy.contract import any_job
from slimy.exceptions import IdempotencyKeyReused, InvalidInput, JobAccessDenied, JobNotFound, JobNotWaiting
from slimy.ids import parse_id
from slimy.jobs import registry
from slimy.jobs.estimate import wait_in_ms
from slimy.jobs.models import Job, Status
from slimy.jobs.queue import add_job
from slimy.jobs.serializers import (
    DELAYED,
    NEWEST_FIRST,
    AcceptedDocument,
    JobDocument,
    JobsDocument,
    JobsQuery,
    NewJob,
    job_document,
    job_facts,
)
from slimy.jobs.waiting import wait_for, wished
from slimy.openapi import ASK_AGAIN, JOB_ID, PREFER, PREFERENCE_APPLIED, accepts_job, reads, writes
from slimy.sql import tx
from slimy.wire import instant

_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
EXAMPLES = {"Read": {"type": "get_conversations", "data": {"limit": 20}}}
SHORT = 100  # characters
_LOCK_NOT_AVAILABLE = "55P03"


class JobView(ApiView):
    """A view that makes jobs: `accept` does all but choose the type and the data."""

    makes_jobs = True
    idempotency_key: str | None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Also look at the key of the request."""
        super().initial(request, *args, **kwargs)
        self.idempotency_key = _idempotency_key(request)

    def accept(self, request: Request, type: str, data: Any, check: Callable[[], None] | None = None) -> Response:
        """Put the job into the ledger and answer 202 with its id, or 200 with the job when waited for successfully.

        `check` raises what speaks against making a new job; one that this request made before is found without it.
        """
        key = self.idempotency_key
        job = _made_before(self.user, key, type, data)
        if job is None:
            if check:
                check()
            job = self._add(request, type, data)
        else:
            note_recorded(request)  # nothing happened that isn't in the trail
        return self._answer(request, job)

    def _add(self, request: Request, type: str, data: Any) -> Job:
        """The job and its event in the audit trail come together, or the ledger's row is trail enough."""
        job_type, key = registry.get(type), self.idempotency_key
        audited = job_type.audited or settings.AUDIT_MESSAGES
        with tx() if audited else nullcontext():
            request_id = getattr(request, "request_id", "")
            job = add_job(job_type.queue, type, data, self.user, idempotency_key=key, request_id=request_id)
            if audited:
                resource, details = f"jobs.job/{job.pk}", _summary(data)
                record(type, actor=self.user, resource=resource, details=details, outcome="accepted")
        note_recorded(request)
        return job

    def _answer(self, request: Request, job: Job) -> Response:
        headers = {"Location": f"/api/chat/db-jobs/{job.pk}"}
        seconds = wished(request.META.get("HTTP_PREFER", ""))
        if seconds and wait_for(job, seconds):
            return Response(job_document(job), headers=headers | {"Preference-Applied": f"wait={seconds}"})
        return Response(_accepted(job), status=202, headers=headers | {"Retry-After": "1"})


def _summary(data: Any) -> dict[str, Any]:
    """What a job is about, for the audit trail: ids and other short values, not what people write to each other."""
    pairs = data.items() if isinstance(data, dict) else ()
    return {name: value for name, value in pairs if isinstance(value, (str, int)) and len(str(value)) <= SHORT}


def _accepted(job: Job) -> dict[str, Any]:
    return {
        "ok": True,
        "jobId": str(job.pk),
        "jobType": job.type,
        "status": job.shown_status,
        "createdAt": instant(job.created_at),
        "estimatedWaitTime": wait_in_ms(job.queue),
    }


def _idempotency_key(request: Request) -> str | None:
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is not None and not _IDEMPOTENCY_KEY.fullmatch(key):
        raise InvalidInput(details={"Idempotency-Key": ["Must be 1 to 255 visible ASCII characters."]})
    return key


def _made_before(user: User, key: str | None, type: str, data: Any) -> Job | None:
    """The job that this key made, also when it couldn't be accepted any more: what it deletes is gone by now.

    Of requests that come at the same moment, the ledger's unique key decides in `add_job`.
    """
    before = Job.objects.filter(owner=user, idempotency_key=key).first() if key else None
    if before and (before.type, before.payload) != (type, data):
        raise IdempotencyKeyReused
    return before


def job_of(user: User, job_id: str) -> Job:
    """The user's job. Raises JobNotFound, or JobAccessDenied when it is somebody else's."""
    pk = parse_id(job_id)
    job = Job.objects.filter(pk=pk).defer("payload").first() if pk else None
    if job is None:
        raise JobNotFound
    if job.owner_id != user.pk:
        raise JobAccessDenied
    return job


class JobsView(JobView):
    """The caller's jobs."""

    query = JobsQuery

    @reads(JobsDocument)
    def get(self, request: Request) -> Response:
        """A page of the caller's jobs, newest first, without their results."""
        jobs = Job.objects.filter(owner=self.user).defer("payload", "result").order_by("-pk")
        if "status" in self.params:
            jobs = _shown_as(jobs, self.params["status"])
        if "type" in self.params:
            jobs = jobs.filter(type=self.params["type"])
        if "cursor" in self.params:
            jobs = jobs.filter(pk__lt=self.params["cursor"]["pk"])
        rows, cursor = NEWEST_FIRST.page(jobs, self.params["limit"])
        return Response({"ok": True, "jobs": [job_facts(job) for job in rows], "nextCursor": cursor})

    @accepts_job(any_job(), AcceptedDocument, 404, examples=EXAMPLES)
    def post(self, request: Request) -> Response:
        """Make a job of any type the caller may run."""
        body = NewJob(data=body_of(request))
        body.is_valid(raise_exception=True)
        return self.accept(request, body.validated_data["type"], body.validated_data["data"])


class JobStatusView(JobView):
    """One job of the caller."""

    @reads(JobDocument, 403, 404, parameters=[JOB_ID, PREFER, PREFERENCE_APPLIED, ASK_AGAIN])
    def get(self, request: Request, job_id: str) -> Response:
        """The job's state, with its result or error. `Prefer: wait=<1–10>` waits for it to finish."""
        job = job_of(self.user, job_id)
        seconds = wished(request.META.get("HTTP_PREFER", ""))
        if not job.is_finished and not wait_for(job, seconds):
            return Response(job_document(job), headers={"Retry-After": "1"})
        return Response(job_document(job), headers={"Preference-Applied": f"wait={seconds}"} if seconds else {})

    @writes(JobDocument, 404, 409, parameters=[JOB_ID])
    def delete(self, request: Request, job_id: str) -> Response:
        """Cancel the job while it waits; 409 when it no longer does."""
        job = job_of(self.user, job_id)
        with tx():
            if not _cancel(job):
                raise JobNotWaiting
            record("job.cancel", actor=self.user, resource=f"jobs.job/{job.pk}", details={"type": job.type})
        job.refresh_from_db()
        return Response(job_document(job))


def _cancel(job: Job) -> bool:
    """True when the job was still waiting; a job that a worker is just taking isn't."""
    try:
        return Job.objects.cancel(job.pk)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
            raise
        return False


def _shown_as(jobs: QuerySet[Job], status: str) -> QuerySet[Job]:
    """Those that `Job.shown_status` calls `status`."""
    delayed = Q(available_at__gt=F("created_at")) & Q(available_at__gt=timezone.now())
    if status == DELAYED:
        return jobs.filter(delayed, status=Status.QUEUED)
    return jobs.filter(~delayed, status=status) if status == Status.QUEUED else jobs.filter(status=status)
