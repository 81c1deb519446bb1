"""What the search box of jobs finds: an id, a request id, owners, else a text in payloads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
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
class Meaning:
    """What a text in the search box means: a filter, or a text in payloads; neither for nothing."""

    filters: tuple[tuple[str, Any], ...] = ()
    text: str = ""

    def of(self, jobs: QuerySet[Job]) -> QuerySet[Job]:
        """Those of `jobs` that are meant."""
        return _in_payloads(jobs, self.text) if self.text else jobs.filter(**dict(self.filters))

    @property
    def note(self) -> str:
        """How they were looked for, when that needs saying."""
        return (
            f"Looked for “{self.text[:60]}” in the payloads of the newest {LOOKED_AT:,} of these jobs."
            if self.text
            else ""
        )


def meaning_of(words: str) -> Meaning:
    """In this order: an id, the beginning of owners' names, a request id, a text. Reads all jobs for the third."""
    term = words.strip()
    if not term:
        return Meaning()
    if len(term) > 2 and term[0] == term[-1] == '"':
        return Meaning(text=term[1:-1])
    pk = parse_id(term)
    if pk and Job.objects.filter(pk=pk).exists():
        return Meaning((("pk", pk),))
    owners = tuple(User.objects.filter(username__istartswith=term).values_list("pk", flat=True)[:OWNERS])
    if owners:
        return Meaning((("owner__in", owners),))
    of_request = tuple(Job.objects.filter(request_id=term).values_list("pk", flat=True)[:MOST])
    return Meaning((("pk__in", of_request),)) if of_request else Meaning(text=term)


def _in_payloads(jobs: QuerySet[Job], text: str) -> QuerySet[Job]:
    """Looks at the newest `LOOKED_AT` that the other filters let through, not at the whole ledger."""
    escaped = json.dumps(text.replace("\0", ""), ensure_ascii=False)[1:-1]
    for sign in ("\\", "%", "_"):
        escaped = escaped.replace(sign, f"\\{sign}")
    try:
        sql, params = jobs.order_by("-pk").values("id", "payload")[:LOOKED_AT].query.sql_with_params()
    except EmptyResultSet:
        return jobs
    inside = RawSQL(  # noqa: S611  the statement is the ORM's own  # nosec B611
        f"SELECT id FROM ({sql}) AS newest(id, payload) WHERE payload::text ILIKE %s",  # noqa: S608  # nosec B608
        [*params, f"%{escaped}%"],
    )
    return jobs.filter(pk__in=inside)
