"""How well labelled screenshots are read: what `manage.py ocr_accuracy` measures.

`labels.json` maps a picture's file name to `{metric, members_shown, rows: [{name, power, last_seen, cut_off}]}`.
Rows that are cut off may be read or not; a row that is read and stands in no label is invented.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from clubs.names import canonical, folded
from clubs.review.doubts import findings_of
from clubs.review.found import Findings, Found
from clubs.roster import Roster
from clubs.screenshots.files import picture_of
from clubs.screenshots.reader import Reader

NOBODY = Roster({}, {}, frozenset(), {})


@dataclass(frozen=True)
class Degrading:
    """What is done to a picture before: made narrower, compressed as JPEG."""

    width: int | None = None
    quality: int | None = None

    def __call__(self, content: bytes) -> bytes:
        """The picture as somebody might send it."""
        if self.width is None and self.quality is None:
            return content
        picture = Image.open(io.BytesIO(content)).convert("RGB")
        if self.width:
            size = (self.width, round(picture.height * self.width / picture.width))
            picture = picture.resize(size, Image.Resampling.LANCZOS)
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=self.quality or 95)
        return file.getvalue()


@dataclass
class Score:
    """Of one picture, or of several together. `unflagged` are wrong rows that nobody would be asked about."""

    rows: int = 0
    whole: int = 0
    names: int = 0
    powers: int = 0
    last_seen: int = 0
    missed: int = 0
    invented: int = 0
    unflagged: int = 0
    seconds: float = 0
    mistakes: list[str] = field(default_factory=list)

    def __add__(self, other: Score) -> Score:
        return Score(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Merged:
    """What the pictures together say of the members: exact ones, wrong ones, and whether the count agrees."""

    members: int
    exact: int
    invented: int
    counted: bool


def measure(folder: Path, degrading: Degrading, *, known: bool = False) -> tuple[dict[str, Score], Merged]:
    """Read every labelled picture of a folder; with `known` as in a club whose members are known by name.

    Raises OSError, ValueError for a folder without good labels.
    """
    labels: dict[str, Any] = json.loads((folder / "labels.json").read_text())
    roster = _roster(labels) if known else NOBODY
    pages, scores = [], {}
    with Reader() as reader:
        for name, label, page, seconds in _read(reader, folder, labels, degrading):
            pages.append(page)
            scores[name] = score_of(label["rows"], findings_of([page], None, roster), seconds)
    return scores, merged(labels, findings_of(pages, None, roster))


def _roster(labels: Mapping[str, Any]) -> Roster:
    names = {canonical(row["name"]) for label in labels.values() for row in label["rows"] if row.get("name")}
    return Roster({name: number for number, name in enumerate(sorted(names), 1)}, {}, frozenset(), {})


def _read(
    reader: Reader, folder: Path, labels: Mapping[str, Any], degrading: Degrading
) -> Iterator[tuple[str, Any, dict[str, Any], float]]:
    """As an upload is: checked, made anew, read."""
    for name, label in labels.items():
        content = degrading((folder / name).read_bytes())
        began = time.perf_counter()
        kept = picture_of(io.BytesIO(content), len(content))
        page = {"boxes": reader.read(kept.content)["boxes"], "width": kept.width}
        yield name, label, page, time.perf_counter() - began


def score_of(labelled: list[dict[str, Any]], found: Findings, seconds: float = 0) -> Score:
    """Compare the rows of one picture with their labels."""
    score = Score(seconds=seconds)
    left = list(found.rows)
    for truth in (row for row in labelled if not row.get("cut_off")):
        _compare(score, truth, left)
    partly = {folded(row["name"].casefold()) for row in labelled if row.get("cut_off") and row.get("name")}
    for row in left:
        if row.sim_power is None and row.total_power is None and row.reasons:
            continue  # something that a person is asked about claims nothing
        if folded(row.name.casefold()) not in partly:
            score.invented += 1
            score.unflagged += not row.reasons
            score.mistakes.append(f"invented {_said(row)}")
    return score


def _compare(score: Score, truth: dict[str, Any], left: list[Found]) -> None:
    """Count one labelled row, and take what was found of it out of `left`."""
    score.rows += 1
    same = next((row for row in left if row.name == truth["name"]), None) or next(
        (row for row in left if truth["power"] in (row.sim_power, row.total_power)), None
    )
    if same is None:
        score.missed += 1
        score.mistakes.append(f"missed {truth['name']}")
        return
    left.remove(same)
    right = (
        same.name == truth["name"],
        truth["power"] in (same.sim_power, same.total_power),
        same.last_seen == (truth["last_seen"] or ""),
    )
    score.names += right[0]
    score.powers += right[1]
    score.last_seen += right[2]
    score.whole += all(right)
    if not all(right):
        score.unflagged += not same.reasons
        flagged = ", ".join(reason["code"] for reason in same.reasons) or "not flagged"
        score.mistakes.append(f"{truth['name']} {truth['power']} {truth['last_seen']} as {_said(same)} ({flagged})")


def _said(row: Found) -> str:
    return f"{row.name} {row.sim_power or row.total_power} {row.last_seen}"


def merged(labels: Mapping[str, Any], found: Findings) -> Merged:
    """Compare the members of all pictures together."""
    truth = {
        (canonical(row["name"]), row["power"])
        for label in labels.values()
        for row in label["rows"]
        if not row.get("cut_off")
    }
    read = [
        (canonical(row.name), power)
        for row in found.rows
        if row.name and (power := row.sim_power if row.sim_power is not None else row.total_power) is not None
    ]
    exact = sum(one in truth for one in read)
    return Merged(len(truth), exact, len(read) - exact, not any(d["code"] == "count_differs" for d in found.doubts))
