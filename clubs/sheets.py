"""Tables as files that spreadsheets open, CSV and XLSX, in which nothing that somebody wrote is a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, StringIO
from itertools import chain
from typing import Any

from slimy.wire import instant

# openpyxl is imported where a workbook is made: with numpy, if that is installed, it takes 30 MiB that no worker needs.

BOM = "\ufeff"  # without it Excel takes UTF-8 for something else
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
ROWS_AT_ONCE = 500
WIDEST = 28


@dataclass(frozen=True)
class Table:
    """A title, the heads of the columns, and rows of text, numbers, times, flags and None."""

    title: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Any]]


def as_csv(table: Table) -> Iterator[bytes]:
    """RFC 4180 in UTF-8, in pieces of some hundred rows."""
    piece, writer = StringIO(), None
    piece.write(BOM)
    writer = csv.writer(piece)
    for number, row in enumerate(chain([table.heads], table.rows), start=1):
        writer.writerow([_text(value) for value in row])
        if number % ROWS_AT_ONCE == 0:
            yield piece.getvalue().encode()
            piece.seek(0)
            piece.truncate()
    if piece.tell():
        yield piece.getvalue().encode()


def _text(value: Any) -> Any:
    """A cell of CSV. Text that a spreadsheet would calculate is defused by an apostrophe before it."""
    if isinstance(value, str):
        return f"'{value}" if value.lstrip(" ").startswith(FORMULA) else value
    if isinstance(value, datetime):
        return instant(value)
    return str(value).lower() if isinstance(value, bool) else value


def as_xlsx(table: Table) -> bytes:
    """A workbook of one sheet; text is never a formula, an error or a link, times are in UTC."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet(table.title)
    sheet.freeze_panes = "A2"
    for number, head in enumerate(table.heads):
        sheet.column_dimensions[chr(ord("A") + number)].width = min(len(head) + 6, WIDEST)
    bold = Font(bold=True)
    sheet.append([_cell(sheet, head, bold) for head in table.heads])
    for row in table.rows:
        sheet.append([_cell(sheet, value) for value in row])
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _cell(sheet: Any, value: Any, font: Any = None) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if not isinstance(value, str):
        return value
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    lines = value.replace("\r\n", "\n").replace("\r", "\n")  # XML knows one end of a line
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", lines))
    cell.data_type = "s"  # whatever it begins with
    if font:
        cell.font = font
    return cell
