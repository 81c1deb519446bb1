"""What the search box of jobs finds: an id, a request id, owners, else a text in payloads."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from slimy.accounts.models import User
from slimy.ids import parse_id
from slimy.jobs.models import Job

HELP = 'Id, request id, owner, or a text in payloads ("in quotes": in payloads only)'
LOOKED_AT = 20_000  # newest jobs whose payloads are looked at
OWNERS = 100
MOST = 1_000  # jobs of a request


@dataclass(frozen=True)
class Found:
    """The jobs, and how they were looked for when that needs saying."""

    jobs: QuerySet[Job]
    note: str = ""


def look_for(jobs: QuerySet[Job], words: str) -> Found:
    """Those of `jobs` that a text means, in this order: by id, by request id, by the beginning of owners' names."""
    term = words.strip()
    if not term:
        return Found(jobs)
    if len(term) > 2 and term[0] == term[-1] == '"':
        return _in_payloads(jobs, term[1:-1])
    pk = parse_id(term)
    if pk and Job.objects.filter(pk=pk).exists():
        return Found(jobs.filter(pk=pk))
    owners = list(User.objects.filter(username__istartswith=term).values_list("pk", flat=True)[:OWNERS])
    if owners:
        return Found(jobs.filter(owner__in=owners))
    of_request = list(Job.objects.filter(request_id=term).values_list("pk", flat=True)[:MOST])  # reads all jobs, once
    return Found(jobs.filter(pk__in=of_request)) if of_request else _in_payloads(jobs, term)


def _in_payloads(jobs: QuerySet[Job], text: str) -> Found:
    """Looks at the newest `LOOKED_AT` that the other filters let through, not at the whole ledger."""
    escaped = json.dumps(text.replace("\0", ""), ensure_ascii=False)[1:-1]
    for sign in ("\\", "%", "_"):
        escaped = escaped.replace(sign, f"\\{sign}")
    sql, params = jobs.order_by("-pk").values("id", "payload")[:LOOKED_AT].query.sql_with_params()
    inside = RawSQL(  # noqa: S611  the statement is the ORM's own
        f"SELECT id FROM ({sql}) AS newest(id, payload) WHERE payload::text ILIKE %s",  # noqa: S608
        [*params, f"%{escaped}%"],
    )
    return Found(
        jobs.filter(pk__in=inside),
        f"Looked for “{text[:60]}” in the payloads of the newest {LOOKED_AT:,} of these jobs.",
    )
