"""The table, for a terminal and for Markdown."""

from collections.abc import Sequence

from tests.benchmarks.budgets import HEADINGS, Line


def plain(lines: Sequence[Line]) -> str:
    """Columns padded with blanks."""
    rows = [HEADINGS, *(line.cells for line in lines)]
    rows = [[cell.replace("`", "") for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([text[0], "-" * sum(widths, 2 * len(widths)), *text[1:]])


def markdown(lines: Sequence[Line]) -> str:
    """The same as a table of Markdown."""
    rows = [HEADINGS, ["---"] * len(HEADINGS), *(line.cells for line in lines)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
