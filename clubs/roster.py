"""Who is known in a club, under which names, and how strong they were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from clubs.choices import MetricName
from clubs.statements import ROSTER
from slimy.sql import query

MOST_MEMBERS = 10_000  # that were ever seen in a guild; names are compared with all of them


@dataclass(frozen=True)
class Roster:
    """What one statement finds of a club.

    `members` and `aliases` go from key to the member's id; of aliases, `misread` were made by reading, not by staff.
    `powers` are the last known before a moment, or else the first after it.
    """

    members: dict[str, int]
    aliases: dict[str, int]
    misread: frozenset[str]
    powers: dict[tuple[int, MetricName], int]

    @classmethod
    def of(cls, guild_id: str, at: datetime) -> Roster:
        """The club of a guild as known around `at`."""
        members: dict[str, int] = {}
        aliases: dict[str, int] = {}
        misread: set[str] = set()
        powers: dict[tuple[int, MetricName], int] = {}
        for row in query(ROSTER, {"guild": guild_id, "at": at}):
            members[row["member_key"]] = row["id"]
            aliases |= dict.fromkeys(row["aliases"] or (), row["id"])
            misread.update(row["misread"] or ())
            powers |= {(row["id"], metric): row[metric] for metric in MetricName if row[metric] is not None}
        return cls(members, aliases, frozenset(misread), powers)
