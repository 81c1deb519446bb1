"""A connection that stops waiting, and makes few round trips.

A server that accepts statements and answers none is as good as down. Keepalives find servers that are gone; a deadline
on our side is all that finds one whose machine is still there.
"""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

FRESH = 0.1  # seconds after an answer in which a silent connection is believed to be good without asking
TRUSTED_SECONDS = 2.0  # for the first statement on one that wasn't asked: longer than requests' first ones take

_patience: float | None = None


def give_up_after(seconds: float) -> None:
    """From now on this process waits no longer than this for any answer. Without it, it waits for ever."""
    global _patience  # noqa: PLW0603  one for the process, as it says
    _patience = seconds


class OnePiece(psycopg.Pipeline):
    """A pipeline that sends nothing behind its Sync.

    psycopg asks for a flush there, and PostgreSQL, which takes it for news, would no longer count the silence of a
    session that stops in its transaction.
    """

    def _exit_gen(self) -> PQGen[None]:
        self._enqueue_sync()
        try:
            yield from self._communicate_gen()
        finally:
            yield from self._fetch_gen(flush=False)


class PatientConnection(psycopg.Connection[Any]):
    """Closes itself and raises OperationalError when the server gives no answer in time.

    `owed` are statements, with parameters, that can't fail and answer nothing; they are sent together with the next
    one. `parting` are statements that go with COMMIT, and fail it when they fail. `unreleased` are the RELEASEs of
    savepoints; they needn't be sent before there is another savepoint. `open` are the savepoints that aren't released,
    as Django calls them. `spare` is a cursor that nobody uses any more.
    """

    patience: float | None = None
    answered_at = 0.0
    is_trusted = False  # wasn't asked whether it is good: the next statement has to show that

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owed: list[tuple[str, Any]] = []
        self.parting: list[tuple[str, Any]] = []
        self.unreleased: list[tuple[str, Any]] = []
        self.open: list[str] = []
        self.spare: Any = None

    @contextmanager
    def pipeline(self) -> Iterator[psycopg.Pipeline]:
        """As psycopg's, in one piece."""
        if self._pipeline is None:
            self._pipeline = OnePiece(self)
        with super().pipeline() as pipeline:
            yield pipeline

    def is_pipelining(self) -> bool:
        """True when answers come later."""
        return self._pipeline is not None

    def is_to_begin(self) -> bool:
        """True when the next statement is the first of a transaction."""
        return not self.autocommit and self.pgconn.transaction_status == TransactionStatus.IDLE

    def hand_over(self) -> None:
        """Put what is owed into the pipeline; what has no parameters is sent with the next statement that has."""
        owed, self.owed = self.owed, []
        for sql, params in owed:
            if params is None:
                self._queue(self._start_query())
                self._queue(self._exec_command(sql))
            else:
                self.cursor().execute(sql, params)

    @staticmethod
    def _queue(command: PQGen[Any]) -> None:
        for _ in command:
            raise psycopg.InternalError("in a pipeline, nothing has to be waited for")

    def _start_query(self) -> PQGen[None]:
        """As psycopg's, which would send the BEGIN of a pipeline by itself."""
        if self._pipeline and self.is_to_begin():
            if not self._pipeline.command_queue:
                yield from self._exec_command(self._get_tx_start_command())
        else:
            yield from super()._start_query()

    def _set_autocommit(self, value: bool) -> None:
        """As psycopg's, which makes a generator, a lock and a wait of it."""
        if self.pgconn.transaction_status == TransactionStatus.IDLE and not self._pipeline:
            self._autocommit = value
        else:
            super()._set_autocommit(value)

    def pay(self) -> None:
        """Send what is owed now."""
        if self.owed:
            with self.pipeline():
                self.hand_over()

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """As psycopg's, which knows a time limit but is never given one."""
        limit = timeout or self.patience or _patience
        if self.is_trusted and _patience:
            limit = min(TRUSTED_SECONDS, _patience)
        try:
            answer = super().wait(gen, interval, limit)
        except errors._WaitTimeout as error:  # noqa: SLF001  psycopg's only name for it
            self.pgconn.finish()  # whatever comes later belongs to a statement nobody waits for
            raise psycopg.OperationalError(f"PostgreSQL gave no answer for {limit} s") from error
        self.answered_at = time.monotonic()
        return answer

    def limit_server(self) -> None:
        """Have the server give up a statement just before we do: else it might do it after all, unseen."""
        if _patience:
            self.execute(f"SET statement_timeout = '{int(_patience * 900)}ms'")

    def is_fresh(self) -> bool:
        """True when it has just answered and the server hasn't said anything since, such as goodbye."""
        return not self.closed and time.monotonic() - self.answered_at < FRESH and not self._has_news()

    def _has_news(self) -> bool:
        poll = select.poll()
        poll.register(self.pgconn.socket, select.POLLIN | select.POLLERR | select.POLLHUP)
        return bool(poll.poll(0))
