"""The job that writes events: the system's own, in nobody's name, and those that a permitted client sends."""

import json
from collections.abc import Sequence
from typing import Any

from slimy import jsonb
from slimy.accounts.models import User
from slimy.exceptions import InvalidInput, NotAllowed, OwnerGone
from slimy.jobs.models import Job
from slimy.jobs.registry import Data, Results, job
from slimy.jobs.serializers import answers
from slimy.sql import query
from slimy.wire import IdField, InstantField, JsonObjectField, TextField, WholeNumberField, WireSerializer, instant

MAX_DETAILS = 16 * 1024  # bytes
CLIENTS = "client."  # how the actions begin that clients report, so that none can pass for the system's
SYSTEM = ("actor_id", "actor_name", "ip")

_INSERT = """
INSERT INTO slimy_audit_event (id, at, actor_id, actor_name, action, resource, outcome, details, request_id, ip)
SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS e(id uuid, at timestamptz, actor_id bigint, actor_name text, action text, resource text, outcome text,
         details jsonb, request_id text, ip inet)"""


class LogEvent(WireSerializer):
    """Payload of `log_event`."""

    action = TextField(max_length=120)
    resource = TextField(max_length=255, required=False, allow_blank=True)
    details = JsonObjectField(required=False)
    outcome = TextField(max_length=32, required=False)
    actor_id = WholeNumberField(required=False, help_text="Only in events of the system itself.")
    actor_name = TextField(
        max_length=150, required=False, allow_blank=True, help_text="Only in events of the system itself."
    )
    ip = TextField(max_length=45, required=False, help_text="Only in events of the system itself.")


class EventLogged(WireSerializer):
    """The event is in the trail."""

    event_id = IdField()
    logged_at = InstantField(help_text="The time of the event: when it was accepted.")


def may_report(owner: User, data: Data) -> None:
    """Clients need a permission, and report what they did themselves. Raises NotAllowed, InvalidInput."""
    if not owner.has_perm("audit.add_event"):
        raise NotAllowed
    if any(name in data for name in SYSTEM):
        raise NotAllowed("Who did it, and from where, is not for clients to say.")
    if len(json.dumps(data.get("details"))) > MAX_DETAILS:
        raise InvalidInput(details={"details": [f"At most {MAX_DETAILS} bytes."]})


def log_events(jobs: Sequence[tuple[Job, Data]]) -> Results:
    """`log_event`, those of the system; clients' rights are looked at one by one."""
    ours = [(job, data) for job, data in jobs if job.owner is None and "actor_name" in data]
    _insert(ours)
    return {job.pk: _written(job) for job, _ in ours}


@job("log_event", queue="audit", payload=LogEvent, authorise=may_report, many=log_events, unowned=True)
@answers(EventLogged)
def log_event(job: Job, data: Data) -> Data:
    """Write one event; it gets the job's id."""
    if job.owner is None and "actor_name" not in data:
        raise OwnerGone  # a client's, whose user was deleted meanwhile
    _insert([(job, data)])
    return _written(job)


def _insert(events: Sequence[tuple[Job, Data]]) -> None:
    if events:
        query(_INSERT, {"rows": jsonb.cleaned([_row(job, data) for job, data in events])})


def _row(job: Job, data: Data) -> dict[str, Any]:
    owner = job.owner
    return {
        "id": str(job.pk),
        "at": job.created_at.isoformat(),
        "actor_id": owner.pk if owner else data.get("actor_id"),
        "actor_name": owner.get_username() if owner else data["actor_name"],
        "action": CLIENTS + data["action"] if owner else data["action"],
        "resource": data.get("resource", ""),
        "outcome": data.get("outcome", "success"),
        "details": data.get("details", {}),
        "request_id": job.request_id,
        "ip": data.get("ip"),
    }


def _written(job: Job) -> dict[str, Any]:
    return {"eventId": str(job.pk), "loggedAt": instant(job.created_at)}
