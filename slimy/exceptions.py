"""Every error we raise on purpose. The docstring is the public message; the class carries HTTP status and code.

For a job, the class also says what happens next: `PermanentError` fails it at once, `RetryLater` puts it
back for a while at no cost, anything else is retried with a growing pause (slimy/jobs/backoff.py).
"""

from typing import Any, ClassVar


class SlimyError(Exception):
    """Something went wrong on our side."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"

    def __init__(self, detail: str | None = None, *, details: dict[str, Any] | None = None) -> None:
        self.detail = detail or self.public_text()
        self.details = details
        super().__init__(self.detail)

    @classmethod
    def public_text(cls) -> str:
        """The first line of the docstring: safe to show to anybody."""
        return (cls.__doc__ or SlimyError.__doc__ or "").strip().splitlines()[0]


class RetryLater(SlimyError):
    """The job has to wait for something else."""

    status = 503
    code = "retry_later"

    def __init__(self, detail: str | None = None, *, seconds: float = 1.0) -> None:
        super().__init__(detail)
        self.seconds = seconds


class PermanentError(SlimyError):
    """The job can't succeed, however often it is tried."""

    status = 422
    code = "permanent_error"


class InvalidInput(PermanentError):
    """The request holds fields that can't be accepted."""

    status = 400
    code = "invalid_input"


class PayloadRefused(InvalidInput):
    """The request holds fields that can't be accepted."""


class UnknownJobType(PermanentError):
    """There is no such type of job."""

    status = 400
    code = "unknown_job_type"


class NotAllowed(PermanentError):
    """You may not do this."""

    status = 403
    code = "permission_denied"


class OwnerGone(NotAllowed):
    """The owner of the job no longer exists or is no longer active."""

    code = "owner_gone"


class ResultRefused(PermanentError):
    """The result of the job is too large or can't be stored."""

    code = "result_refused"


class JobTimeout(SlimyError):
    """The job took longer than jobs of its type may."""

    code = "job_timeout"


class TooManyOpenJobs(SlimyError):
    """Too many of your jobs are still open; try again when some have finished."""

    status = 429
    code = "too_many_open_jobs"


class PreconditionFailed(SlimyError):
    """It was changed since you read it."""

    status = 412
    code = "conflict"


class IdempotencyKeyReused(SlimyError):
    """This Idempotency-Key was already used with a different request."""

    status = 422
    code = "idempotency_key_reused"


class JobNotFound(SlimyError):
    """There is no such job."""

    status = 404
    code = "job_not_found"


class JobAccessDenied(SlimyError):
    """This job belongs to somebody else."""

    status = 403
    code = "job_access_denied"


class JobNotWaiting(SlimyError):
    """The job no longer waits, so it can't be cancelled."""

    status = 409
    code = "job_not_waiting"
