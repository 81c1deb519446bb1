"""What a run of the benchmarks found."""

from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.budgets import Findings, Line


@dataclass
class Results:
    """What all parts found, where and when."""

    parts: dict[str, Findings] = field(default_factory=dict)
    machine: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    failed: bool = False

    @property
    def lines(self) -> list[Line]:
        return [line for findings in self.parts.values() for line in findings.lines]

    def as_json(self) -> dict[str, Any]:
        """Everything for machines."""
        return {
            "machine": self.machine,
            "seconds": round(self.seconds),
            "rows": [line.as_json() for line in self.lines],
            "figures": {name: findings.figures for name, findings in self.parts.items()},
        }
