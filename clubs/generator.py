"""A club that doesn't exist: weekly scans that are the same for the same seed, wherever and whenever they are made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

NAMES = (
    "Stone Wall", "Traveler12521", "Gurgle", "[CRM] Smitten", "NuggyNoodle", "Xylo", "Rukavi",
    "Genesis♪", "SharpOlive0", "LeUncle", "BR3W3RY", "Skybolt", "GrE3kG0dess", "smelly cat", "Linkedo",
    "Snellie", "edgewise", "SnailTrails", "tallyho🦊", "jaceface", "GarthBrook", "ValidUser", "Gurgiel",
    "RapidJig", "Wolfcastles", "SweetPeas", "Webbed", "Namechanger", "Sethian", "Fosterling", "Bréwe",
    "Ollmolle", "DavoCat", "Markus", "Stankfoot", "João A.", "Coldest", "Autumn146", "Scesi",
    "IceCaster", "Muñeca", "SnailMailer", "Illidan", "Stinker", "ЗебраУлитка", "Улитка Про", "雷霆蜗牛",
    "蜗牛大师", "カタツムリ王", "달팽이킹", "🐌🐌", "Escargots", "BootyHop", "Cormorant7", "DrDave",
)  # fmt: skip
NEWCOMERS = ("[NEW] Kelp", "Ωmega", "Nightjar", "小蜗牛")
MISREAD = {"Illidan": "lllidan"}  # as an engine reads it: I and l look alike
LAST_SEEN = ("Online", "5m ago", "50m ago", "2h ago", "7h ago", "19h ago", "1d ago", "2d ago")


@dataclass
class _Person:
    """Somebody and what they have; `growth` is a week's, `leaves` and `joins` are weeks."""

    name: str
    sim: int
    ratio: float
    growth: float
    joins: int = 0
    leaves: int | None = None

    def is_there(self, week: int) -> bool:
        """Whether they are in the club in this week."""
        return self.joins <= week and (self.leaves is None or week < self.leaves)


@dataclass(frozen=True)
class Club:
    """A club of as many members as there are names; each newcomer takes the place of somebody who leaves."""

    seed: int
    weeks: int = 8
    misread: int = 5  # the week in which the names of MISREAD are read wrongly

    def scans(self) -> Iterator[list[dict[str, Any]]]:
        """The rows of each week's scan, the strongest first, as `ocrResult` takes them."""
        random = Random(self.seed)  # noqa: S311  nothing secret
        people = _people(random, self.weeks)
        for week in range(self.weeks):
            there = [person for person in people if person.is_there(week)]
            yield [self._row(person, week, random) for person in sorted(there, key=lambda one: -one.sim)]
            for person in people:
                _grow(person, random)

    def _row(self, person: _Person, week: int, random: Random) -> dict[str, Any]:
        name = MISREAD.get(person.name, person.name) if week == self.misread else person.name
        return {
            "name": name,
            "simPower": f"{person.sim:,}",
            "totalPower": f"{round(person.sim * person.ratio):,}",
            "confidence": round(random.uniform(0.9, 0.999), 3),
            "lastSeen": random.choice(LAST_SEEN),
        }


def _people(random: Random, weeks: int) -> list[_Person]:
    """Powers fall off as in real clubs: few have most."""
    sims = sorted((round(3_000_000 * random.paretovariate(1.6)) for _ in NAMES), reverse=True)
    people = [_person(name, min(sim, 60_000_000), random) for name, sim in zip(NAMES, sims, strict=True)]
    leaving = random.sample([person for person in people[10:] if person.name not in MISREAD], len(NEWCOMERS))
    for number, (name, leaver) in enumerate(zip(NEWCOMERS, leaving, strict=True)):
        leaver.leaves = weeks - 1 - number
        newcomer = _person(name, random.randint(2_500_000, 6_000_000), random)
        newcomer.joins = leaver.leaves
        people.append(newcomer)
    return people


def _person(name: str, sim: int, random: Random) -> _Person:
    return _Person(name, sim, random.uniform(14, 45), random.gauss(0.02, 0.012))


def _grow(person: _Person, random: Random) -> None:
    """Most grow a little, some rest, some rearrange what they field and lose; total power goes its own way."""
    person.sim = round(person.sim * (1 + person.growth + random.gauss(0, 0.012)))
    person.ratio *= 1 + random.gauss(0.004, 0.012)
