"""The ledger: one row a job. PostgreSQL holds the truth, Redis only delivers ids."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.base import ModelState
from django.db.models.functions import Now
from django.utils import timezone

from slimy.exceptions import OwnerGone
from slimy.ids import new_id
from slimy.jobs.ledger import Ledger
from slimy.jobs.pauses import Pause  # noqa: F401  one of our models, which Django looks for here
from slimy.jobs.statements import CLAIMED, OWNER

if TYPE_CHECKING:
    from slimy.accounts.models import User


class Status(models.TextChoices):
    """The states of a job; the verbs that move between them are in slimy/jobs/ledger.py."""

    QUEUED = "queued"
    ACTIVE = "active"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


TERMINAL = (Status.COMPLETED, Status.FAILED, Status.CANCELLED)
OPEN = (Status.QUEUED, Status.ACTIVE)
UNDONE = (Status.FAILED, Status.CANCELLED)


class Job(models.Model):
    """One piece of work: what was asked, by whom, and what came of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.BigIntegerField(
        db_default=Func(Value("slimy_job_number"), function="nextval"), editable=False, help_text="Order of acceptance."
    )
    queue = models.CharField(max_length=32)
    type = models.CharField(max_length=64)
    payload = models.JSONField(encoder=DjangoJSONEncoder, help_text="As the client sent it.")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, db_index=False, related_name="jobs")
    priority = models.SmallIntegerField(default=0, help_text="Above 0 goes to the front of the queue.")
    request_id = models.CharField(max_length=64, blank=True)
    idempotency_key = models.CharField(max_length=255, null=True)
    fingerprint = models.CharField(max_length=64, blank=True, help_text="Hash of type and payload.")

    status = models.CharField(max_length=16, choices=Status, default=Status.QUEUED)
    attempts = models.SmallIntegerField(default=0)
    max_attempts = models.SmallIntegerField(default=3)
    setbacks = models.SmallIntegerField(default=0, help_text="Times put back without an attempt being spent.")
    crashes = models.SmallIntegerField(default=0, help_text="Times a worker died holding it.")
    solo_crashes = models.SmallIntegerField(default=0, help_text="… while it ran alone.")
    claim = models.UUIDField(null=True, editable=False)
    claim_size = models.SmallIntegerField(default=0, help_text="Jobs claimed together with it.")
    claimed_by = models.CharField(max_length=128, blank=True, help_text="Name of the last worker.")
    claimed_in = models.IntegerField(null=True, editable=False, help_text="Process of PostgreSQL that claimed it.")
    claimed_at = models.DateTimeField(null=True)
    silent_until = models.DateTimeField(null=True, help_text="Its living worker may be silent for so long.")
    progress = models.JSONField(null=True, help_text="How far its work outside a transaction is.")

    created_at = models.DateTimeField(db_default=Now())
    available_at = models.DateTimeField(db_default=Now())
    ring_at = models.DateTimeField(db_default=Now(), help_text="When Redis is told (again), if it still waits.")
    deliveries = models.IntegerField(default=0, help_text="Messages sent to Redis for it.")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)
    errors = models.JSONField(default=list, blank=True)

    objects: ClassVar[Ledger] = Ledger()

    class Meta:
        db_table = "slimy_job"
        constraints = (
            models.CheckConstraint(name="job_status_known", condition=Q(status__in=Status.values)),
            models.CheckConstraint(
                name="job_finished_iff_terminal",
                condition=Q(status__in=TERMINAL, finished_at__isnull=False)
                | Q(status__in=OPEN, finished_at__isnull=True),
            ),
            models.CheckConstraint(
                name="job_claimed_iff_active",
                condition=Q(status=Status.ACTIVE, claim__isnull=False) | (~Q(status=Status.ACTIVE) & Q(claim=None)),
            ),
            models.CheckConstraint(
                name="job_result_only_completed", condition=Q(status=Status.COMPLETED) | Q(result=None)
            ),
            models.CheckConstraint(
                name="job_attempts_counted",
                condition=Q(attempts__gte=0, attempts__lt=F("max_attempts"))
                | Q(~Q(status=Status.QUEUED), attempts__gte=0, attempts__lte=F("max_attempts")),
            ),
            models.UniqueConstraint(
                name="job_idempotency_key",
                fields=("owner", "idempotency_key"),
                condition=Q(idempotency_key__isnull=False),
            ),
        )
        indexes = (
            models.Index(name="job_of_owner", fields=("owner", "-id")),
            models.Index(name="job_open_of_owner", fields=("owner",), condition=Q(status__in=OPEN)),
            models.Index(name="job_to_ring", fields=("queue", "ring_at"), condition=Q(status=Status.QUEUED)),
            models.Index(name="job_to_rescue", fields=("claimed_at",), condition=Q(status=Status.ACTIVE)),
            models.Index(name="job_undone", fields=("status", "-id"), condition=Q(status__in=UNDONE)),
            models.Index(
                name="job_finished",
                fields=("queue", "status", "-finished_at"),
                condition=Q(finished_at__isnull=False),
            ),
        )
        permissions = (("retry_job", "Can retry a failed job"), ("cancel_job", "Can cancel a waiting job"))

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"

    @classmethod
    def new(cls, owner: User | None, **values: Any) -> Job:
        """What `Job(…)` makes, in a fifth of its time; for the ledger's `accept`."""
        job: Job = _made_of(cls, _defaults() | {"id": new_id(), "errors": [], "owner_id": owner and owner.pk} | values)
        job.__dict__["_state"].fields_cache["owner"] = owner
        return job

    @classmethod
    def of_claim(cls, rows: Iterable[Mapping[str, Any]]) -> list[Job]:
        """Rows of the ledger's CLAIM with their owners; fields that aren't in them are read when somebody asks."""
        owners: dict[int | None, User | None] = {None: None}
        jobs = []
        for row in rows:
            owner_id = row["owner_id"]
            if owner_id not in owners:
                owners[owner_id] = _made_of(get_user_model(), {name: row[f"owner__{name}"] for name in OWNER})
            job: Job = _made_of(cls, {name: row[name] for name in CLAIMED})
            job.payload = json.loads(row["payload"])
            job.__dict__["_state"].fields_cache["owner"] = owners[owner_id]
            jobs.append(job)
        return jobs

    @property
    def is_finished(self) -> bool:
        """True when the status will never change by itself again."""
        return self.status in TERMINAL

    @property
    def shown_status(self) -> str:
        """The status as the API says it: a job that waits for its time is "delayed".

        A job that was just accepted isn't, even when this machine's clock is behind PostgreSQL's.
        """
        waits = self.status == Status.QUEUED and self.created_at < self.available_at > timezone.now()
        return "delayed" if waits else self.status

    def require_owner(self) -> User:
        """The owner, for handlers: the executor has checked that there is one. Raises OwnerGone."""
        if self.owner is None:
            raise OwnerGone
        return self.owner

    def milliseconds(self, until: datetime | None = None) -> int | None:
        """From first start to finish (or `until`), or None when it hasn't started."""
        end = self.finished_at or until
        return round((end - self.started_at).total_seconds() * 1000) if self.started_at and end else None


@cache
def _defaults() -> dict[str, Any]:
    """By column; without those that PostgreSQL fills in, and those that no two jobs share."""
    columns = Job._meta.concrete_fields  # noqa: SLF001  Django documents it
    fields = [field for field in columns if not field.has_db_default()]
    return {field.attname: field.get_default() for field in fields if field.name not in ("id", "errors")}


def _made_of(model: type[models.Model], row: dict[str, Any]) -> Any:
    """What `from_db` makes of some columns, in a fifth of its time: it looks at each field that isn't there."""
    made = model.__new__(model)
    made.__dict__ |= row | {"_state": _stored()}
    return made


def _stored() -> ModelState:
    state = ModelState()
    state.adding, state.db = False, "default"
    return state
