"""From what was read on the pictures of an upload to findings: what is safe, and what somebody has to look at and why.

Nothing here decides: it names reasons. The rules come from 28 real screenshots; docs/ocr.md has the figures.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clubs.choices import MetricName
from clubs.matching import How, Match, match
from clubs.names import NoName, canonical, tidy
from clubs.ocr import read
from clubs.pictures import see
from clubs.powers import NotAPower, parse_power
from clubs.readings import Metric, Page, Problem, Reading
from clubs.review.found import Findings, Found, Reason
from clubs.roster import Roster
from clubs.rows import Row

JUMP = 2  # halves: a power that is less than half or more than one and a half of what it was
NARROW = 800  # pixels; on narrower pictures a letter of a name was misread now and then, a digit never
SURE = 0.8  # scores below are doubtful; what was read right scored 0.9 and more


def findings_of(pages: Sequence[Mapping[str, Any]], page_type: str | None, roster: Roster) -> Findings:
    """What the boxes of the pictures show; `roster` is the club as it is known at that moment.

    Each page has `boxes` and, if known, the `width` of its picture in pixels.
    """
    page = read({"pages": list(pages)}, page_type)
    if not page.is_members:
        return Findings([], [_reason("not_members_page", page.reason or "")], None, is_members=False)
    rows = _rows(pages)
    found = {reading.index: _of_reading(reading, rows) for reading in page.readings}
    _add_problems(found, page, rows)
    ordered = [found[index] for index in sorted(found)]
    _recognise(ordered, roster)
    _doubt_small(ordered, pages)
    doubts = [_reason(problem.code, problem.message) for problem in page.problems if problem.index is None]
    _spread(ordered, doubts)
    return Findings(ordered, doubts + _miscounted(page, ordered), page.members_shown, is_members=True)


@dataclass(frozen=True)
class _Place:
    page: int
    row: Row


def _rows(pages: Iterable[Mapping[str, Any]]) -> list[_Place]:
    """Where each row was read, in the order in which clubs/ocr.py counts them."""
    return [_Place(number, row) for number, page in enumerate(pages) for row in see(page["boxes"]).rows]


def _of_reading(reading: Reading, rows: Sequence[_Place]) -> Found:
    place = rows[reading.index]
    found = Found(
        reading.index,
        place.page,
        place.row.place,
        tidy(reading.name),
        reading.sim_power,
        reading.total_power,
        reading.confidence,
        reading.last_seen or "",
    )
    if reading.confidence is not None and reading.confidence < SURE:
        found.doubt("low_confidence", f"The engine is only {reading.confidence:.0%} sure.")
    return found


def _add_problems(found: dict[int, Found], page: Page, rows: Sequence[_Place]) -> None:
    """Reasons for rows that were read, and findings for rows of which something couldn't be."""
    for problem in page.problems:
        if problem.index is None:
            continue
        if problem.index not in found:
            found[problem.index] = _of_problem(problem, rows[problem.index], page.metric)
        found[problem.index].doubt(problem.code, problem.message)


def _of_problem(problem: Problem, place: _Place, metric: Metric | None) -> Found:
    """What is known of a row that couldn't be read whole; its power where only the name is missing."""
    power = next((value for value in place.row.powers.values() if isinstance(value, str)), "")
    known = _power(power) if problem.code == "no_name" else None
    return Found(
        problem.index or 0,
        place.page,
        place.row.place,
        tidy(problem.name or place.row.name or ""),
        known if metric is Metric.SIM else None,
        known if metric is Metric.TOTAL else None,
        last_seen=place.row.last_seen or "",
        power_read=power[:64],
    )


def _power(text: str) -> int | None:
    try:
        return parse_power(text)
    except NotAPower:
        return None


def _recognise(found: Sequence[Found], roster: Roster) -> None:
    """Whom each row shows, and what speaks against it."""
    keys = {row.index: key for row in found if (key := _key(row.name))}
    matches = match(keys.values(), roster.members, roster.aliases)
    names = {member: key for key, member in roster.members.items()}
    taken = Counter(matches[key].member for key in keys.values())
    for row in found:
        if row.index not in keys:
            row.doubt("no_name", "The name could not be read.")
            continue
        said = matches[keys[row.index]]
        row.member, row.how = said.member, said.how or "new"
        _doubt_identity(row, said, names)
        if said.member is not None and taken[said.member] > 1:
            row.doubt("same_member", f"Another row was taken for {names[said.member]}, too.")
        _doubt_powers(row, roster)


def _key(name: str) -> str | None:
    try:
        return canonical(name)
    except NoName:
        return None


def _doubt_identity(row: Found, said: Match[int], names: Mapping[int, str]) -> None:
    """In a club that nobody knows yet, everybody is new, and that is no reason to ask."""
    if said.how is How.FUZZY and said.member is not None:
        row.doubt("similar_name", f"Taken for {names[said.member]}, whose name is nearly the same.")
    elif said.member is None and said.resembles is not None:
        row.doubt("resembles_member", f"Nobody has this name; it resembles {names[said.resembles]}.")
    elif said.member is None and names:
        row.doubt("new_member", "A new member? Nobody is known by this name.")


def _doubt_powers(row: Found, roster: Roster) -> None:
    for metric, power in ((MetricName.SIM, row.sim_power), (MetricName.TOTAL, row.total_power)):
        before = next(
            (known for (member, of), known in roster.powers.items() if (member, of) == (row.member, metric)), 0
        )
        if power is not None and before and abs(power - before) * JUMP > before:
            change = (power - before) / before
            row.doubt("power_jump", f"{change:+,.0%} since it was last seen, with {before:,}.")


def _doubt_small(found: Iterable[Found], pages: Sequence[Mapping[str, Any]]) -> None:
    """A new name from a small picture would be the member's name from then on."""
    for row in found:
        width = pages[row.page].get("width") if row.page is not None else None
        if row.how == "new" and width is not None and width < NARROW:
            row.doubt("small_picture", f"The picture is only {width} pixels wide; a letter may be misread.")


def _spread(found: Iterable[Found], doubts: Iterable[Reason]) -> None:
    """Where a picture doesn't say for sure which power it shows, none of the rows is safe."""
    unclear = next((doubt for doubt in doubts if doubt["code"] in ("metric_conflict", "metric_unknown")), None)
    for row in found if unclear else ():
        row.doubt(unclear["code"], unclear["message"])  # type: ignore[index]


def _miscounted(page: Page, found: Sequence[Found]) -> list[Reason]:
    """The screen says how many members there are."""
    people: dict[Any, int] = defaultdict(int)
    for row in found:
        people[row.member or _key(row.name) or row.index] += 1
    if page.members_shown in {None, len(people)}:
        return []
    message = f"The screen says that there are {page.members_shown} members; {len(people)} were found."
    return [_reason("count_differs", message)]


def _reason(code: str, message: str) -> Reason:
    return {"code": code, "message": message}
