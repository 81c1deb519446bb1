"""This project: `manage.py rqworker database`, one process, as `make run` starts it."""

import sys

from tests.benchmarks import world
from tests.benchmarks.children import Child
from tests.benchmarks.place import OURS, Place

# Everything that must hold after n jobs: effects and `completed` together, each once, in the order of acceptance.
CHECKS = {
    "jobs completed": "SELECT count(*) FROM slimy_job WHERE status = 'completed' AND attempts = 1",
    "jobs in the ledger": "SELECT count(*) FROM slimy_job",
    "messages": "SELECT count(*) FROM chat_message",
    "messages of completed jobs": "SELECT count(*) FROM chat_message m JOIN slimy_job j USING (id)",
    "messages counted": "SELECT sum(message_count) FROM chat_conversation",
}
OUT_OF_ORDER = """
SELECT count(*) FROM (
  SELECT said, lag(said) OVER (PARTITION BY conversation_id ORDER BY position) AS before
    FROM (SELECT conversation_id, position, split_part(content, '#', 2)::int AS said FROM chat_message) m) n
 WHERE said <= before"""


class Ours:
    """The ledger and its worker."""

    name = "this project"
    warm_up = 500

    def __init__(self, place: Place) -> None:
        self.place = place

    def reset(self) -> None:
        for number in (OURS, OURS + 1):
            self.place.client(number).flushdb()
        self.people = world.populate()
        world.execute("VACUUM ANALYZE slimy_job, chat_message, chat_conversation, accounts_user")

    def worker(self) -> Child:
        return Child([sys.executable, "manage.py", "rqworker", "database"], self.place.ours())

    def fill(self, count: int, first: int) -> None:
        world.fill(self.people, count, first)

    def done(self) -> int:
        if self.place.client(OURS).llen("rq:queue:database"):
            return 0  # don't count while it works
        return int(world.value(CHECKS["jobs completed"]))

    def span(self) -> tuple[float, float]:
        return world.span("finished_at", "slimy_job")

    def so_far(self, since: float) -> float:
        """Jobs a second that it has done since then (seconds since 1970)."""
        count = "SELECT count(*), extract(epoch FROM max(finished_at))"
        done, last = world.row(f"{count} FROM slimy_job WHERE finished_at > to_timestamp({since})")
        return float(done) / (float(last) - since)

    def check(self, count: int) -> None:
        found = {what: world.value(sql) for what, sql in CHECKS.items()}
        assert set(found.values()) == {count}, f"expected {count} of each: {found}"
        assert world.value(OUT_OF_ORDER) == 0, "messages stand in another order than their jobs were accepted in"
