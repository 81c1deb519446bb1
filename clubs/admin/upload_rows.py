"""A file of rows, as staff upload it, to what the job of a scan takes: CSV, XLSX or JSON."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from clubs.names import tidy
from clubs.payloads import MOST_ROWS
from slimy.wire import instant

MOST_BYTES = 2 * 1024 * 1024
MOST_UNPACKED = 32 * 1024 * 1024  # of an XLSX file, which is a ZIP file
MOST_COLUMNS = 40
MOST_SCANS = 60  # different times in one file
HEADS = {
    "name": ("name", "member", "displayname"),
    "simPower": ("sim", "simpower"),
    "totalPower": ("total", "totalpower", "power"),
    "observedAt": ("observed", "observedat", "date", "day"),
}
_NAMES = {head: field for field, heads in HEADS.items() for head in heads}

Scans = dict[str | None, list[dict[str, Any]]]


class BadFile(ValueError):
    """The file can't be read; the text says why, for people."""


def scans_in(name: str, content: bytes) -> Scans:
    """The rows of a file by when they were observed (ISO 8601; None where it doesn't say). Raises BadFile."""
    read = {"csv": _csv, "xlsx": _xlsx, "json": _json}.get(name.lower().rsplit(".", 1)[-1])
    if read is None:
        raise BadFile("Only .csv, .xlsx and .json files can be read.")
    scans: Scans = defaultdict(list)
    for number, row in enumerate(islice(read(content), MOST_ROWS * MOST_SCANS + 1), 1):
        if fields := _fields(row):
            scans[_observed(fields.pop("observedAt", None), number)].append(_checked(fields, number))
    if not scans:
        raise BadFile("There are no rows with a name. The first row must name the columns: name, sim, total, observed.")
    if len(scans) > MOST_SCANS or max(map(len, scans.values())) > MOST_ROWS:
        raise BadFile(f"At most {MOST_SCANS} different times with {MOST_ROWS} rows each can be imported at once.")
    return dict(scans)


def _fields(row: Mapping[Any, Any]) -> dict[str, Any]:
    """What of a row we know, by the names on the wire; cells that are empty are left out."""
    named = ((_NAMES.get("".join(filter(str.isalnum, str(head).lower()))), value) for head, value in row.items())
    return {field: value for field, value in named if field and value not in (None, "")}


def _checked(fields: dict[str, Any], number: int) -> dict[str, Any]:
    if not isinstance(fields.get("name"), (str, int)) or not tidy(str(fields["name"])):
        raise BadFile(f"Row {number} has no name.")
    powers: dict[str, Any] = {field: _power(fields[field]) for field in ("simPower", "totalPower") if field in fields}
    return {"name": str(fields["name"]), **powers}


def _power(value: Any) -> Any:
    """Cells of numbers come as floats, too; what is no whole number goes on as it is and is judged by the job."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _observed(value: Any, number: int) -> str | None:
    if value is None:
        return None
    try:
        when = value if isinstance(value, (date, datetime)) else datetime.fromisoformat(str(value).strip())
    except ValueError as error:
        raise BadFile(f"Row {number}: “{str(value)[:40]}” is not a day like 2026-01-31.") from error
    if not isinstance(when, datetime):
        when = datetime(when.year, when.month, when.day)  # noqa: DTZ001  the zone follows
    return instant(when if when.tzinfo else when.replace(tzinfo=UTC))


def _csv(content: bytes) -> Iterable[Mapping[Any, Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile("The file is not in UTF-8.") from error
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    try:
        yield from csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, restkey="")
    except csv.Error as error:
        raise BadFile(f"This is no CSV file: {error}.") from error


def _json(content: bytes) -> Iterable[Mapping[Any, Any]]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadFile("This is no JSON file.") from error
    rows = document.get("rows") if isinstance(document, dict) else document
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadFile("A JSON file must hold a list of objects, or an object with such a list as rows.")
    return rows


def _xlsx(content: bytes) -> Iterable[Mapping[Any, Any]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > MOST_UNPACKED:
                raise BadFile("The file is too large when unpacked.")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.active or book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size may be anything, and rows would be filled up to it
        rows = sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS)
        heads = next(rows, ())
        for row in rows:
            yield dict(zip(heads, row, strict=False))
    except (zipfile.BadZipFile, InvalidFileException, KeyError, IndexError, ValueError) as error:
        raise error if isinstance(error, BadFile) else BadFile("This is no XLSX file.") from error
