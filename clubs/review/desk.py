"""What the review desk shows: the pictures of an upload with boxes over them, and its rows, the doubtful ones first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clubs.models import Member
from clubs.review.models import Finding, FindingState
from clubs.screenshots.models import Screenshot, Upload

MARGIN = 0.03  # of a picture's width, around the part that is shown beside a row
TITLES = {
    "new_member": "New member?",
    "similar_name": "Similar name",
    "resembles_member": "Resembles a member",
    "same_member": "Twice the same",
    "power_jump": "Big change",
    "conflicting_power": "Pictures differ",
    "outlier_power": "Far from the others",
    "unsteady_power": "Reads differently",
    "unsteady_name": "Name reads differently",
    "unsure_power": "Number cut off?",
    "low_confidence": "Unsure",
    "small_picture": "Small picture",
    "no_name": "No name",
    "no_power": "No power",
    "not_a_power": "Not a number",
    "metric_conflict": "Sim or total?",
    "metric_unknown": "Sim or total?",
}


@dataclass(frozen=True)
class DeskRow:
    """One finding as the desk shows it."""

    finding: Finding
    picture: int | None
    crop: str

    @property
    def is_open(self) -> bool:
        """Whether somebody has to decide."""
        return self.finding.state == FindingState.OPEN

    @property
    def kind(self) -> str:
        """For its colour: doubtful, safe, accepted or skipped."""
        if not self.is_open:
            return str(self.finding.state)
        return "safe" if self.finding.is_safe else "doubtful"

    @property
    def decision(self) -> str:
        """What was decided and by whom; by rule for what was safe at once."""
        by = "as safe" if self.finding.is_safe and self.kind == "accepted" else f"by {self.finding.decided_by or '-'}"
        return f"{self.finding.get_state_display()} {by}"

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Why, in short and in a sentence."""
        return [(TITLES.get(one["code"], one["code"]), one["message"]) for one in self.finding.reasons]

    @property
    def sim(self) -> str:
        """Sim power with its thousands apart; empty when it isn't known."""
        return _digits(self.finding.sim_power)

    @property
    def total(self) -> str:
        """Total power, the same."""
        return _digits(self.finding.total_power)

    @property
    def member(self) -> str:
        """Whom it was taken for; empty for somebody new."""
        return self.finding.member.display_name if self.finding.member else ""

    @property
    def box(self) -> dict[str, float] | None:
        """Where it stands on its picture, in pixels."""
        if not self.finding.place:
            return None
        left, top, right, bottom = self.finding.place
        return {"x": left, "y": top, "width": right - left, "height": bottom - top}


@dataclass(frozen=True)
class DeskPicture:
    """One picture and the boxes over it; without a file when it was deleted."""

    screenshot: Screenshot
    rows: list[DeskRow]

    @property
    def waiting(self) -> int:
        """How many of its rows somebody has to decide."""
        return sum(row.is_open for row in self.rows)


@dataclass(frozen=True)
class Desk:
    """Everything on the desk."""

    pictures: list[DeskPicture]
    waiting: list[DeskRow]
    decided: list[DeskRow]
    names: list[str]

    @property
    def safe(self) -> int:
        """How many open rows nothing is doubtful about."""
        return sum(row.kind == "safe" for row in self.waiting)

    @property
    def doubtful(self) -> int:
        """How many open rows somebody has to look at."""
        return len(self.waiting) - self.safe

    @property
    def accepted(self) -> int:
        """How many are in the standings."""
        return sum(row.kind == "accepted" for row in self.decided)


def desk_of(upload: Upload) -> Desk:
    """The desk of an upload that was read."""
    screenshots = list(upload.screenshots.order_by("number").defer("boxes"))
    by_id = {one.pk: one for one in screenshots}
    findings = upload.findings.select_related("member", "decided_by").order_by("index")
    rows = [_row(finding, by_id) for finding in findings]
    waiting = sorted((row for row in rows if row.is_open), key=lambda row: row.kind != "doubtful")
    pictures = [DeskPicture(one, [row for row in rows if row.picture == one.number]) for one in screenshots]
    return Desk(pictures, waiting, [row for row in rows if not row.is_open], _names(upload, waiting))


def _digits(power: int | None) -> str:
    return "" if power is None else f"{power:,}"


def _row(finding: Finding, screenshots: dict[Any, Screenshot]) -> DeskRow:
    screenshot = screenshots.get(finding.screenshot_id)
    if screenshot is None:
        return DeskRow(finding, None, "")
    return DeskRow(finding, screenshot.number, _crop(screenshot, finding.place) if screenshot.file else "")


def _crop(screenshot: Screenshot, place: Sequence[float] | None) -> str:
    """The part of the picture to show, as an SVG's viewBox: left, top, width, height."""
    if not place:
        return ""
    margin = MARGIN * screenshot.width
    left, top = max(0, place[0] - margin), max(0, place[1] - margin)
    return f"{left:.0f} {top:.0f} {place[2] + margin - left:.0f} {place[3] + margin - top:.0f}"


def _names(upload: Upload, waiting: Sequence[DeskRow]) -> list[str]:
    """Whom rows can be assigned to."""
    if not waiting:
        return []
    return list(
        Member.objects.filter(guild=upload.guild_id).order_by("display_name").values_list("display_name", flat=True)
    )
