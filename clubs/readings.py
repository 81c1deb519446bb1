"""What reading a page gives: plain values, passed from the reader to ingestion."""

from dataclasses import dataclass
from enum import StrEnum


class Metric(StrEnum):
    """Which of the two powers the tiles of a page show."""

    SIM = "sim"
    TOTAL = "total"


@dataclass(frozen=True)
class Reading:
    """One member as read. `index` counts the rows of a document from 0, through all its pages.

    Powers are whole numbers of 0 to 10¹⁵, at least one of them is there; `confidence` is 0 to 1.
    `flags` name what is doubtful: `conflicting_power`, `outlier_power`.
    """

    index: int
    name: str
    sim_power: int | None
    total_power: int | None
    confidence: float | None = None
    last_seen: str | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """What could not be read or is doubtful: `code` for programs, `message` for people.

    Of a row: `no_name`, `no_power`, `not_a_power`, `unsure_power`, `unclear_order`, `metric_unknown`, and of readings
    that are kept `outlier_power` (as text it is refused) and `conflicting_power`. Without an index, of a page:
    `metric_unknown`, `metric_conflict`, `no_rows`, `not_members_page`.
    """

    index: int | None
    name: str | None
    code: str
    message: str


@dataclass(frozen=True)
class Page:
    """A page, or the merged pages of one scan. `reason` says why it is not a members page, when it is not.

    `metric` is None when the readings carry both powers or none; `members_shown` is the N of "N/50" on the screen.
    """

    is_members: bool
    metric: Metric | None
    readings: tuple[Reading, ...] = ()
    problems: tuple[Problem, ...] = ()
    members_shown: int | None = None
    reason: str | None = None
