"""Old events go, in small batches, and only here: the database refuses anybody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from slimy.sql import query, tx

BATCH = 1000

_OLD = """
 WHERE at < %(before)s AND at >= %(since)s AND NOT (action LIKE ANY(%(kept)s::text[]))"""
_COUNT = f"SELECT action, count(*) AS count FROM slimy_audit_event {_OLD} GROUP BY 1"  # noqa: S608  # nosec B608
_DELETE = f"""
WITH old AS MATERIALIZED (SELECT id FROM slimy_audit_event {_OLD} ORDER BY at LIMIT %(limit)s)
DELETE FROM slimy_audit_event e USING old WHERE e.id = old.id RETURNING e.action, e.at"""  # noqa: S608  # nosec B608


def prunable(before: datetime, kept: Sequence[str]) -> Counter[str]:
    """How many events of each action `prune` would delete."""
    rows = query(_COUNT, {"before": before, "since": "-infinity", "kept": _patterns(kept)})
    return Counter({row["action"]: row["count"] for row in rows})


def prune(before: datetime, kept: Sequence[str]) -> Iterator[Counter[str]]:
    """Delete the events before a moment, except those of the actions `kept` ("sign_in", "token.*"); gives, batch by
    batch, each in its own transaction, how many of each action went.
    """
    since: datetime | str = "-infinity"
    while True:
        with tx():
            query("SET LOCAL slimy.audit_pruning = 'on'")
            rows = query(_DELETE, {"before": before, "since": since, "kept": _patterns(kept), "limit": BATCH})
        if not rows:
            return
        since = max(row["at"] for row in rows)  # what comes before it is gone or kept
        yield Counter(row["action"] for row in rows)


def _patterns(kept: Sequence[str]) -> list[str]:
    """Names with * for anything, as LIKE wants them."""
    escaped = (name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for name in kept)
    return [name.replace("*", "%") for name in escaped]
