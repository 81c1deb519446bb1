"""Jobs on the wire."""

from collections.abc import Callable
from typing import Any

from rest_framework import serializers

from slimy.jobs.models import Job, Status
from slimy.jobs.registry import Perform
from slimy.paging import ID, CursorField, Key, PageQuery
from slimy.problems import by_field
from slimy.wire import (
    ChoiceField,
    IdField,
    InstantField,
    JsonObjectField,
    TextField,
    WholeNumberField,
    WireSerializer,
    instant,
)

DELAYED = "delayed"
SHOWN = [*Status.values, DELAYED]
NEWEST_FIRST = Key(pk=ID)


class NewJob(WireSerializer):
    """Body of `POST /api/chat/db-jobs`."""

    type = TextField(max_length=64)
    data = JsonObjectField()  # type: ignore[assignment]


class JobsQuery(PageQuery):
    """Query of `GET /api/chat/db-jobs`."""

    status = ChoiceField(choices=SHOWN, required=False, help_text="Jobs that are shown with this status.")
    type = TextField(max_length=64, required=False, help_text="Jobs of this type.")
    cursor = CursorField(NEWEST_FIRST, required=False, help_text="`nextCursor` of the page before.")


class AcceptedDocument(WireSerializer):
    """The job is in the ledger and will be done."""

    ok = serializers.BooleanField()
    job_id = IdField()
    job_type = TextField()
    status = ChoiceField(choices=SHOWN)
    created_at = InstantField()
    estimated_wait_time = WholeNumberField(
        min_value=0, help_text="Milliseconds, going by the latest jobs of its queue."
    )


class JobFacts(WireSerializer):
    """A job in a list."""

    job_id = IdField()
    job_type = TextField()
    status = ChoiceField(choices=SHOWN)
    attempts = WholeNumberField(min_value=0)
    created_at = InstantField()
    started_at = InstantField(required=False, help_text="When it was first tried.")
    available_at = InstantField(required=False, help_text="When a delayed job will be tried.")
    completed_at = InstantField(required=False)
    failed_at = InstantField(required=False)
    cancelled_at = InstantField(required=False)
    error = TextField(required=False, help_text="When failed: what went wrong.")
    error_code = TextField(required=False, help_text="When failed: a stable code for it.")
    error_details = serializers.DictField(
        child=serializers.ListField(child=TextField()), required=False, help_text="When failed: field → messages."
    )


class ResultField(serializers.JSONField):
    """What a completed job answers; slimy/openapi.py lists the results of all types."""


class ProgressDocument(WireSerializer):
    """How far a job is that works on something slow."""

    done = WholeNumberField(min_value=0)
    total = WholeNumberField(min_value=0)
    current = TextField(help_text="What is being done.")


class JobDocument(JobFacts):
    """A job as its owner sees it."""

    ok = serializers.BooleanField()
    progress = ProgressDocument(required=False, help_text="While active, of types that say how far they are.")
    result = ResultField(required=False, help_text="When completed: what the type of the job answers.")


class JobsDocument(WireSerializer):
    """A page of the caller's jobs, newest first."""

    ok = serializers.BooleanField()
    jobs = JobFacts(many=True)
    next_cursor = TextField(allow_null=True)


class ProblemDocument(WireSerializer):
    """An error (RFC 9457)."""

    type = TextField()
    title = TextField()
    status = WholeNumberField()
    detail = TextField()
    error = TextField(help_text="A stable code; docs/api.md lists all.")
    request_id = TextField(allow_null=True)
    details = serializers.DictField(
        child=serializers.ListField(child=TextField()), required=False, help_text="Field → messages."
    )


def answers(result: type[WireSerializer]) -> Callable[[Perform], Perform]:
    """Say in the OpenAPI document what the decorated function of a job type returns."""

    def note(perform: Perform) -> Perform:
        perform.answers = result  # type: ignore[attr-defined]
        return perform

    return note


def job_document(job: Job) -> dict[str, Any]:
    """A job as JSON for its owner: `JobDocument`."""
    document = {"ok": True} | job_facts(job)
    if job.status == Status.ACTIVE and job.progress:
        document["progress"] = job.progress
    return document | {"result": job.result} if job.status == Status.COMPLETED else document


def job_facts(job: Job) -> dict[str, Any]:
    """A job as JSON without its result: `JobFacts`, without the keys that don't apply to its state."""
    facts: dict[str, Any] = {
        "jobId": str(job.pk),
        "jobType": job.type,
        "status": job.shown_status,
        "attempts": job.attempts,
        "createdAt": instant(job.created_at),
    }
    if job.started_at:
        facts["startedAt"] = instant(job.started_at)
    if facts["status"] == DELAYED:
        facts["availableAt"] = instant(job.available_at)
    if job.finished_at:
        facts[f"{job.status}At"] = instant(job.finished_at)
    return facts | _public_error(job) if job.status == Status.FAILED else facts


def _public_error(job: Job) -> dict[str, Any]:
    """What the owner may know of the last error: only what was written for the public, never a traceback."""
    last = job.errors[-1] if isinstance(job.errors, list) and job.errors else {}
    last = last if isinstance(last, dict) else {}
    error = {"error": last.get("public") or "The job failed.", "errorCode": last.get("code") or "internal_error"}
    return error | ({"errorDetails": by_field(last["details"])} if last.get("details") else {})
