"""What was measured in an experiment, and how it is shown: as a table for the eye, or in Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.chaos.violation import Violation

COLUMNS = (
    ("experiment", 20),
    ("jobs", 6),
    ("deaths", 7),
    ("rescue s: p50/p99/max", 22),
    ("doubled", 8),
    ("mismatched", 11),
    ("hurt", 5),
    ("drain s", 8),
    ("took s", 7),
    ("invariants", 10),
)


@dataclass
class Figures:
    """Of one experiment. `rescues` are seconds; `notes` more figures, in words; `clues` help to find what was wrong."""

    name: str
    jobs: int = 0
    deaths: int = 0
    rescues: list[float] = field(default_factory=list)
    drained: float | None = None
    violations: list[Violation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    clues: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def note(self, text: str) -> None:
        """One more figure."""
        self.notes.append(text)

    def cells(self) -> list[str]:
        """The columns of the table."""
        rescue = "/".join(f"{percentile(self.rescues, share):.2f}" for share in (0.5, 0.99, 1) if self.rescues)
        rescue += f" ({len(self.rescues)})" if rescue else ""
        return [
            self.name,
            str(self.jobs),
            str(self.deaths),
            rescue or "–",
            *(str(self._affected(invariant)) for invariant in ("I2", "I3", "I4")),
            "–" if self.drained is None else f"{self.drained:.1f}",
            f"{self.seconds:.0f}",
            "BROKEN" if self.violations else "holds",
        ]

    def _affected(self, invariant: str) -> int:
        return sum(max(len(each.ids), 1) for each in self.violations if each.invariant == invariant)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the sorted `values` don't exceed."""
    return values[min(len(values) - 1, max(0, int(share * len(values) + 0.999999) - 1))]


def header() -> str:
    """The first line of the table for the eye."""
    return line([name for name, _ in COLUMNS])


def line(cells: Sequence[str]) -> str:
    """A line of the table for the eye."""
    return " ".join(f"{cell:<{width}}" for cell, (_, width) in zip(cells, COLUMNS, strict=True)).rstrip()


def markdown(all_figures: Sequence[Figures], purposes: Mapping[str, str]) -> str:
    """The table as docs/reliability.md shows it."""
    head = ["what is done", *(name for name, _ in COLUMNS[1:-2]), "and"]
    rows = [head, ["---"] * len(head)]
    for each in all_figures:
        remarks = each.notes + [f"**{violation}**" for violation in each.violations]
        rows += [[purposes[each.name], *each.cells()[1:-2], "; ".join(remarks) or " "]]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
