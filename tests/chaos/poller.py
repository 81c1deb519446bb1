"""Asks again and again how a client's jobs are, and keeps the states that it was told (invariant I5)."""

import threading
from collections import defaultdict
from uuid import UUID

from tests.chaos.acceptance import AcceptanceLog
from tests.chaos.client import Client
from tests.chaos.violation import Violation

TERMINAL = {"completed", "failed", "cancelled"}
WINDOW = 12  # jobs of the newest that are asked for in turn
PAUSE = 0.5


class Poller(threading.Thread):
    """Polls the jobs of `client`'s owner; `stranger` asks for them too, and must be sent away."""

    def __init__(self, client: Client, stranger: Client, log: AcceptanceLog) -> None:
        super().__init__(daemon=True)
        self.told: dict[UUID, list[str]] = defaultdict(list)
        self.requests = 0
        self._client, self._stranger, self._log = client, stranger, log
        self._shown_to_stranger: list[UUID] = []
        self._refused: list[UUID] = []
        self._end = threading.Event()

    def run(self) -> None:
        """Until `finish`."""
        while not self._end.is_set():
            mine = [line.id for line in self._log if line.owner == self._client.owner]
            for id in mine[-WINDOW:] + mine[-3 * WINDOW : -2 * WINDOW : 6]:
                self._look(id)
            if mine and self._stranger.status_of(mine[-1]).status == 200:
                self._shown_to_stranger.append(mine[-1])
            self._end.wait(PAUSE)

    def finish(self) -> None:
        """Stop, and ask once more for all jobs that were ever looked at."""
        self._end.set()
        self.join(30)
        for id in list(self.told):
            self._look(id)
        self._client.close()
        self._stranger.close()

    def violations(self, ended: dict[UUID, str]) -> list[Violation]:
        """What was wrong in what it was told; `ended` are the states in the ledger by now."""
        back = [id for id, states in self.told.items() if any(state in TERMINAL for state in states[:-1])]
        untrue = [id for id, states in self.told.items() if states[-1] in TERMINAL and states[-1] != ended.get(id)]
        return [
            *Violation.of("I5", "went back from a terminal state", back),
            *Violation.of("I5", "were told to have ended otherwise than the ledger says", untrue),
            *Violation.of("I5", "were not shown to their owner", self._refused),
            *Violation.of("I5", "were shown to a stranger", self._shown_to_stranger),
        ]

    def _look(self, id: UUID) -> None:
        answer = self._client.status_of(id)
        self.requests += 1
        if answer.status == 200:
            states, state = self.told[id], answer.document["status"]
            if not states or states[-1] != state:
                states.append(state)
        elif answer.status in (403, 404):
            self._refused.append(id)
