"""From readings to people: whom each row of a scan shows, and what of it is to be recorded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from clubs.choices import MetricName
from clubs.matching import Match, match
from clubs.models import NAME_LENGTH
from clubs.names import NoName, canonical, tidy
from clubs.powers import TIMES_OFF, is_outlier
from clubs.readings import Page, Problem, Reading
from clubs.roster import Roster

NEW = "new"


@dataclass
class Sighting:
    """One row as read, and whom it was taken for: a member, or nobody who was known."""

    reading: Reading
    key: str
    match: Match[int]
    flags: list[str]

    @property
    def how(self) -> str:
        """How the member was found, or that there was none."""
        return self.match.how or NEW

    @property
    def name(self) -> str:
        """The name to show."""
        return tidy(self.reading.name)[:NAME_LENGTH]

    def power(self, metric: MetricName) -> int | None:
        """What was read."""
        return self.reading.sim_power if metric is MetricName.SIM else self.reading.total_power

    def flag(self, code: str, message: str) -> Problem:
        """Mark the row, and say why."""
        self.flags.append(code)
        return Problem(self.reading.index, self.reading.name, code, message)

    def document(self, ids: dict[str, int]) -> dict[str, Any]:
        """The row as a scan keeps it; `ids` are those of new members by key."""
        return {
            "index": self.reading.index,
            "name": self.reading.name[:NAME_LENGTH],
            "simPower": self.reading.sim_power,
            "totalPower": self.reading.total_power,
            "confidence": self.reading.confidence,
            "lastSeen": self.reading.last_seen,
            "memberId": self.match.member or ids.get(self.key),
            "memberKey": self.key,
            "how": self.how,
            "flags": self.flags,
        }


@dataclass
class Person:
    """Somebody on a scan: their rows, the surest first, and the powers to be recorded."""

    sightings: list[Sighting]
    powers: dict[MetricName, int] = field(default_factory=dict)

    @property
    def best(self) -> Sighting:
        """The surest row."""
        return self.sightings[0]

    @property
    def member(self) -> int | None:
        """The known member's id."""
        return self.best.match.member

    @property
    def last_seen(self) -> str:
        """What the game said, e.g. "5h ago"."""
        return next((seen for each in self.sightings if (seen := each.reading.last_seen)), "")[:40]


@dataclass(frozen=True)
class Recognised:
    """Who is on a scan, and known members of whom only the name could be read (`glimpsed`).

    `errors` say what can't be used, `doubts` what is to be recorded and should be looked at.
    """

    people: list[Person]
    sightings: list[Sighting]
    glimpsed: set[int]
    errors: list[Problem]
    doubts: list[Problem]


def recognise(page: Page, roster: Roster, *, confirmed: bool = False) -> Recognised:
    """Whom the readings of a page show. A power far from the last known one can't be used unless it is confirmed."""
    errors, doubts = _sorted_out(page)
    keys = [canonical(reading.name) for reading in page.readings]
    glimpses = {key for error in errors if (key := _key_of(error.name))} - set(keys)
    matches = match({*keys, *glimpses}, roster.members, roster.aliases)
    sightings = [
        Sighting(reading, key, matches[key], [*reading.flags]) for reading, key in zip(page.readings, keys, strict=True)
    ]
    people = [Person(rows) for rows in _rows_by_who(sightings)]
    for person in people:
        doubts += _choose(person)
        errors += [] if confirmed else _refuse_suspicious(person, roster)
    doubts += _strangers(people, roster)
    glimpsed = {member for key in glimpses if (member := matches[key].member) is not None}
    return Recognised(people, sightings, glimpsed, errors, doubts)


def _sorted_out(page: Page) -> tuple[list[Problem], list[Problem]]:
    """What couldn't be read, and what was read although it is doubtful."""
    flagged = {(reading.index, flag) for reading in page.readings for flag in reading.flags}
    errors = [problem for problem in page.problems if (problem.index, problem.code) not in flagged]
    return errors, [problem for problem in page.problems if (problem.index, problem.code) in flagged]


def _key_of(name: str | None) -> str | None:
    try:
        return canonical(name or "")
    except NoName:
        return None


def _rows_by_who(sightings: Iterable[Sighting]) -> list[list[Sighting]]:
    """The rows of each member together, the surest first, else in their order."""
    rows: dict[int | str, list[Sighting]] = {}
    for sighting in sightings:
        rows.setdefault(sighting.match.member or sighting.key, []).append(sighting)
    return [sorted(some, key=lambda row: (-(row.reading.confidence or 0), row.reading.index)) for some in rows.values()]


def _choose(person: Person) -> list[Problem]:
    """Take each power from the surest row that has one, or else the largest: engines lose digits, they add none.

    A row that says otherwise is doubtful.
    """
    doubts = []
    for metric in MetricName:
        said = [(row, power) for row in person.sightings if (power := row.power(metric)) is not None]
        if not said:
            continue
        _, taken = max(said, key=lambda pair: (pair[0].reading.confidence or 0, pair[1]))
        person.powers[metric] = taken
        message = f"Another row of this member says {taken:,}, which was taken."
        doubts += [row.flag("conflicting_power", message) for row, power in said if power != taken]
    return doubts


def _refuse_suspicious(person: Person, roster: Roster) -> list[Problem]:
    """Drop powers that are too far from what was known of the member."""
    errors = []
    for metric, power in [*person.powers.items()]:
        known = roster.powers.get((person.member or 0, metric))
        if known and is_outlier(power, known):
            del person.powers[metric]
            row = next(row for row in person.sightings if row.power(metric) == power)
            message = f"{power:,} is more than {TIMES_OFF} times off the member's last known power, {known:,}."
            errors.append(row.flag("suspicious_power", message))
    return errors


def _strangers(people: Iterable[Person], roster: Roster) -> list[Problem]:
    """New members whose name resembles that of a known one, but not surely enough."""
    spellings = {member: key for key, member in roster.members.items()}
    return [
        person.best.flag("resembles_member", f"A new member, whose name resembles {spellings[resembles]}.")
        for person in people
        if person.member is None and (resembles := person.best.match.resembles) is not None
    ]
