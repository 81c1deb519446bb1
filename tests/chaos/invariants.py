"""The invariants that SQL can see, asked of the ledger and of the effects after each experiment."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from slimy.sql import query
from tests.chaos import statements
from tests.chaos.acceptance import AcceptanceLog
from tests.chaos.violation import Violation

CHECKS = (
    ("I1", "were accepted and are not in the ledger", statements.LOST),
    ("I1", "have not ended", statements.OPEN),
    ("I1", "ended otherwise than they should", statements.ENDED_OTHERWISE),
    ("I2", "took effect more than once", statements.DOUBLED),
    ("I2", "are conversations whose count of messages is wrong", statements.MISCOUNTED),
    ("I3", "took effect without being completed", statements.EFFECTS),
    ("I3", "are completed without effect", statements.NO_EFFECT),
    ("I4", "were hurt by their neighbours", statements.HURT),
    ("I4", "needed another number of attempts than they should", statements.ATTEMPTS),
    ("I6", "are messages before which a later one comes", statements.OUT_OF_ORDER),
)


def broken(log: AcceptanceLog) -> list[Violation]:
    """All violations of what `log` promises, and of what must hold for every row."""
    _tell_the_database(log)
    return [
        violation
        for invariant, sentence, statement in CHECKS
        for violation in Violation.of(invariant, sentence, [row["id"] for row in query(statement)])
    ]


def rescue_times(deaths: Mapping[str, float]) -> list[float]:
    """Seconds from the death of each worker in `deaths` (time.time()) to the rescue of each job it held, sorted."""
    rows = query(statements.RESCUES)
    return sorted(row["at"] - deaths[row["worker"]] for row in rows if row["worker"] in deaths)


def taken_from_the_living(dead: Iterable[str]) -> int:
    """How many jobs were rescued from a worker that isn't among those who died."""
    return len(query(statements.TAKEN_FROM_THE_LIVING, {"dead": list(dead)}))


def states() -> dict[UUID, str]:
    """The status of every job in the ledger."""
    return {row["id"]: row["status"] for row in query(statements.STATES)}


def _tell_the_database(log: AcceptanceLog) -> None:
    query(statements.LOG)
    lines = list(log)
    columns = {
        "ids": [line.id for line in lines],
        "expected": [line.expected for line in lines],
        "attempts": [line.attempts for line in lines],
        "neighbour": [line.neighbour for line in lines],
        "talks": [line.talk for line in lines],
        "places": [line.place for line in lines],
    }
    query(statements.FILL, columns)
