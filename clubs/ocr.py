"""From what an OCR engine or a person read on "Manage Members" screenshots to members and powers.

`read` takes a document of one of four shapes: `{rows}`, `{boxes}`, `{text}` or `{pages: [those]}`. A picture's boxes
become tiles (boxes, geometry, tiles, pictures), a text's lines become rows (lines); the rows are checked (rows), the
page is judged (pages), and what overlapping pages say about one member is merged (overlaps).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from clubs import lines, pictures
from clubs.names import canonical
from clubs.overlaps import merged
from clubs.pages import Sight, page_of
from clubs.readings import Metric, Page, Problem, Reading
from clubs.rows import Row

__all__ = ["Metric", "Page", "Problem", "Reading", "read"]


def read(ocr: Mapping[str, Any], page_type: str | None = None) -> Page:
    """Members and powers of a document that is structurally sound. Raises nothing: what is wrong is in the page.

    `page_type` is `manage_members`, `manage_members_sim`, `manage_members_total` or `other`, and decides when given.
    The indexes of readings and problems count the rows that were found, through all pages.
    """
    documents = ocr.get("pages", [ocr])
    pages, start = [], 0
    for number, document in enumerate(documents, 1):
        sight = _see(document)
        page = page_of(sight, page_type, start)
        pages.append(_numbered(page, number) if len(documents) > 1 else page)
        start += len(sight.rows)
    return _scan(pages)


def _numbered(page: Page, number: int) -> Page:
    """The page with its number in whatever is said about it as a whole."""
    problems = tuple(
        replace(problem, message=f"Page {number}: {problem.message}") if problem.index is None else problem
        for problem in page.problems
    )
    return replace(page, problems=problems, reason=page.reason and f"Page {number}: {page.reason}")


def _see(document: Mapping[str, Any]) -> Sight:
    if "boxes" in document:
        return pictures.see(document["boxes"])
    if "text" in document:
        return lines.see(document["text"])
    rows = tuple(_row(row) for row in document["rows"])
    return Sight(rows, needs_evidence=False)


def _row(row: Mapping[str, Any]) -> Row:
    powers: dict[Metric | None, Any] = {Metric.SIM: row.get("simPower"), Metric.TOTAL: row.get("totalPower")}
    return Row(row.get("name"), powers, row.get("confidence"), row.get("lastSeen"))


def _scan(pages: Sequence[Page]) -> Page:
    """The pages of one scan as one."""
    members = [page for page in pages if page.is_members]
    if not members:
        reason = " ".join(page.reason or "" for page in pages[:3]) or "There is no page."
        return Page(is_members=False, metric=None, reason=reason)
    readings, conflicts = merged(reading for page in members for reading in page.readings)
    problems = [*_strangers(pages), *_unsolved(members, readings), *conflicts]
    shown = Counter(page.members_shown for page in members if page.members_shown is not None)
    return Page(
        is_members=True,
        metric=_common(page.metric for page in members),
        readings=tuple(readings),
        problems=tuple(sorted(problems, key=lambda problem: -1 if problem.index is None else problem.index)),
        members_shown=max(shown, key=lambda count: (shown[count], count), default=None),
    )


def _strangers(pages: Sequence[Page]) -> list[Problem]:
    return [Problem(None, None, "not_members_page", page.reason or "") for page in pages if not page.is_members]


def _unsolved(pages: Iterable[Page], readings: Iterable[Reading]) -> list[Problem]:
    """The pages' problems, but for unsure powers of members whom another page shows whole."""
    known = {canonical(reading.name) for reading in readings}
    return [
        problem
        for page in pages
        for problem in page.problems
        if not (problem.code == "unsure_power" and problem.name and canonical(problem.name) in known)
    ]


def _common(metrics: Iterable[Metric | None]) -> Metric | None:
    """The metric, when all pages show one."""
    found = set(metrics)
    return found.pop() if len(found) == 1 else None
