"""Jobs by the thousand, straight into the ledger: what the API's transaction does, many at once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from slimy.accounts.models import User
from slimy.jobs.ledger import RING_AGAIN
from slimy.jobs.models import Job
from slimy.jobs.queue import Message, ring
from slimy.sql import query, tx
from tests.chaos.acceptance import AcceptanceLog, Accepted

_RING_LATER = "UPDATE slimy_job SET ring_at = ring_at + make_interval(secs => %s) WHERE id = ANY(%s)"


class Load:
    """Accepts jobs for `owner` and logs them."""

    def __init__(self, log: AcceptanceLog, owner: User) -> None:
        self._log, self._owner = log, owner
        self._talks: list[UUID] = []
        self._said = 0

    def zoo(self, how: str, count: int = 1, *, type: str = "zoo", note: str = "", **promise: Any) -> list[UUID]:
        """`count` jobs of the zoo that behave as `how`; `promise` is what Accepted says besides."""
        payload = {"how": how} | ({"note": note} if note else {})
        return self.accept([(type, payload, promise)] * count)

    def messages(self, count: int, talks: int = 5) -> list[UUID]:
        """Messages to this load's conversations in turn, which are begun before the first."""
        if not self._talks:
            self._talks = self.accept([("create_conversation", {}, {})] * talks)
        jobs = []
        for _ in range(count):
            talk, self._said = self._talks[self._said % len(self._talks)], self._said + 1
            message = {"role": "user", "content": str(self._said)}
            payload = {"conversationId": str(talk), "message": message}
            jobs.append(("save_message", payload, {"talk": talk, "place": self._said}))
        return self.accept(jobs)

    def mixed(self, count: int) -> list[UUID]:
        """Half of the zoo, each taking a few milliseconds, and half messages."""
        return self.zoo("brief", count // 2) + self.messages(count - count // 2)

    def questions(self, count: int, talks: int = 5) -> list[UUID]:
        """Questions to the bot in this load's conversations, in turn; each says its number."""
        if not self._talks:
            self._talks = self.accept([("create_conversation", {}, {})] * talks)
        jobs = []
        for _ in range(count):
            talk, self._said = self._talks[self._said % len(self._talks)], self._said + 1
            payload = {"conversationId": str(talk), "prompt": str(self._said)}
            promise = {"talk": talk, "place": self._said, "attempts": None}
            jobs.append(("chat_bot_interaction", payload, promise))
        return self.accept(jobs, queue="chat")

    def accept(
        self,
        jobs: Sequence[tuple[str, dict[str, Any], dict[str, Any]]],
        *,
        rung: bool = True,
        queue: str = "database",
    ) -> list[UUID]:
        """Write (type, payload, promise) into the ledger in this order, ring unless told not to, and log them."""
        rows = [
            Job(queue=queue, type=type, payload=payload, owner=self._owner, deliveries=1) for type, payload, _ in jobs
        ]
        ids = [row.pk for row in rows]
        with tx():
            Job.objects.bulk_create(rows)
            query(_RING_LATER, [RING_AGAIN, ids])
        lines = [Accepted(row.pk, self._owner.username, row.type) for row in rows]
        self._log.add(replace(line, **promise) for line, (_, _, promise) in zip(lines, jobs, strict=True))
        if rung:
            ring([Message(id, queue, 0, 1) for id in ids])
        return ids
