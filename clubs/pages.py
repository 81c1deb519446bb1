"""From what a reader saw on a page to the page's readings: is it "Manage Members", and which power does it show?"""

from collections.abc import Sequence
from dataclasses import dataclass

from clubs.readings import Metric, Page, Problem
from clubs.rows import Row, checked, shown

MANAGE_MEMBERS = "manage_members"
OTHER = "other"
METRICS = {"manage_members_sim": Metric.SIM, "manage_members_total": Metric.TOTAL}
_ENOUGH_ROWS = 2  # complete ones tell a members page without its title


@dataclass(frozen=True)
class Sight:
    """What a reader saw: the rows, and what tells the page. `metric` is by the tiles, `button` by the button."""

    rows: tuple[Row, ...]
    has_title: bool = False
    metric: Metric | None = None
    button: Metric | None = None
    members_shown: int | None = None
    needs_evidence: bool = True

    @property
    def is_members(self) -> bool:
        """Whether it is a members page: by its title, or by rows that show a power and when somebody was seen."""
        complete = sum(1 for row in self.rows if row.name and row.powers and row.last_seen)
        return not self.needs_evidence or self.has_title or (self.metric is not None and complete >= _ENOUGH_ROWS)


def page_of(sight: Sight, page_type: str | None, start: int = 0) -> Page:
    """The page, its rows counted from `start`. A page type that is given decides; otherwise what is on the page."""
    if page_type == OTHER:
        return Page(is_members=False, metric=None, reason="The page was said to be of another type.")
    if page_type != MANAGE_MEMBERS and page_type not in METRICS and not sight.is_members:
        return Page(is_members=False, metric=None, reason="This does not look like a Manage Members page.")
    metric = METRICS.get(page_type or "") or sight.metric or sight.button
    rows = [shown(row, metric) for row in sight.rows]
    readings, problems = checked(rows, start)
    general = _general(sight, metric, rows)
    return Page(
        is_members=True,
        metric=metric or _only_metric(rows),
        readings=tuple(readings),
        problems=(*general, *problems),
        members_shown=sight.members_shown,
    )


def _general(sight: Sight, metric: Metric | None, rows: Sequence[Row]) -> list[Problem]:
    """What is doubtful about the page as a whole."""
    problems = []
    if any(None in row.powers for row in rows):
        problems.append(_problem("metric_unknown", "The page does not say whether it shows Sim Power or Total Power."))
    if any(seen not in {None, metric} for seen in (sight.metric, sight.button)):
        problems.append(
            _problem("metric_conflict", "The page's labels, its button and its type name different powers.")
        )
    if not rows:
        problems.append(_problem("no_rows", "No member could be read on this page."))
    return problems


def _problem(code: str, message: str) -> Problem:
    return Problem(None, None, code, message)


def _only_metric(rows: Sequence[Row]) -> Metric | None:
    """The metric of rows that name their own, when it is one."""
    metrics = {metric for row in rows for metric, power in row.powers.items() if power is not None}
    return metrics.pop() if len(metrics) == 1 else None
