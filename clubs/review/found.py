"""What was found on the pictures of an upload, before it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

Reason = dict[str, str]


@dataclass
class Found:
    """One finding before it is stored; `page` counts the pictures from 0."""

    index: int
    page: int | None
    place: Sequence[float] | None
    name: str
    sim_power: int | None = None
    total_power: int | None = None
    confidence: float | None = None
    last_seen: str = ""
    power_read: str = ""
    member: int | None = None
    how: str = ""
    reasons: list[Reason] = field(default_factory=list)

    def doubt(self, code: str, message: str) -> None:
        """Note a reason, once."""
        if all(reason["code"] != code for reason in self.reasons):
            self.reasons.append({"code": code, "message": message})


@dataclass(frozen=True)
class Findings:
    """Of an upload: its rows, and what is doubtful about it as a whole."""

    rows: list[Found]
    doubts: list[Reason]
    members_shown: int | None
    is_members: bool
