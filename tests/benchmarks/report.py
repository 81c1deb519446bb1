"""Writes what was measured: docs/benchmarks.md between its markers, and JSON."""

import json
from pathlib import Path

from tests.benchmarks import table
from tests.benchmarks.children import CHECKOUT
from tests.benchmarks.results import Results

PAGE = CHECKOUT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def write_json(path: Path, results: Results) -> None:
    """All figures."""
    path.write_text(json.dumps(results.as_json(), indent=1, ensure_ascii=False) + "\n")


def write_page(results: Results) -> None:
    """Replace what stands between the markers of docs/benchmarks.md."""
    head, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}\n\n{measured(results)}\n{END}{tail}")


def measured(results: Results) -> str:
    """The generated part of the page."""
    about = "\n".join(f"- {name}: {text}" for name, text in results.machine.items())
    parts = "\n".join(
        f"### {name}\n\n" + "\n\n".join(findings.notes) + "\n" for name, findings in results.parts.items()
    )
    return f"{table.markdown(results.lines)}\n\n{about}\n- took: {results.seconds:.0f} s\n\n{parts}"
