"""What the design demands, and what came of it: the lines of the table."""

from dataclasses import asdict, dataclass, field
from typing import Any

from tests.benchmarks.samples import Sample, amount


@dataclass(frozen=True)
class Budget:
    """A row of the table: `must` and `aim` are bounds of the measured value, from below or (`at_most`) from above."""

    what: str
    must: float | None = None
    aim: float | None = None
    unit: str = "×"
    at_most: bool = False

    def bound(self, value: float | None) -> str:
        """`≥ 4×`, or – when there is none."""
        return "–" if value is None else f"{'≤' if self.at_most else '≥'} {amount(value)}{self.unit}"

    def judge(self, measured: float) -> str:
        """The verdict."""
        if self.aim is not None and self._holds(measured, self.aim):
            return "aim met"
        if self.must is not None:
            return "must met" if self._holds(measured, self.must) else "MISSED"
        return "–"

    def _holds(self, measured: float, bound: float) -> bool:
        return measured <= bound if self.at_most else measured >= bound


@dataclass(frozen=True)
class Line:
    """A row as measured. Without `measured` it wasn't, and `verdict` says why."""

    budget: Budget
    measured: Sample | None
    ours: str = ""
    peer: str = ""
    verdict: str = ""

    @property
    def cells(self) -> list[str]:
        """what · must · aim · measured · ours · peer · verdict"""
        budget = self.budget
        measured = self.measured.shown(budget.unit) if self.measured else "–"
        verdict = self.verdict or (budget.judge(self.measured.median) if self.measured else "not measured")
        must, aim = budget.bound(budget.must), budget.bound(budget.aim)
        return [budget.what, must, aim, measured, self.ours, self.peer, verdict]

    def as_json(self) -> dict[str, Any]:
        """The row for machines."""
        return {
            **asdict(self.budget),
            "measured": self.measured and self.measured.median,
            "rounds": self.measured and self.measured.values,
            "ours": self.ours,
            "peer": self.peer,
            "verdict": self.cells[-1],
        }


@dataclass
class Findings:
    """What a part found: its lines, and in words and tables what lies behind them (Markdown)."""

    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)


HEADINGS = ["what", "must", "aim", "measured", "ours", "peer", "verdict"]
