"""Keyset paging: a cursor names the last row seen, so a page costs the same wherever it is.

A cursor is the sort key of a row, written out. It says nothing that the row before it didn't, and whatever a
client makes up is a position in its own list, so it needs neither secrecy nor a signature.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from slimy.wire import DigitsField, TextField, WireSerializer

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Part:
    """One column of a sort key: how it looks in a cursor, how to read and to write it."""

    pattern: str
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str


ID = Part("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", UUID)
NUMBER = Part("[0-9]{1,18}", int)
SIGNED = Part(r"-?[0-9]{1,18}(\.[0-9]{1,2})?", Decimal)
TIME = Part(
    "[0-9]{16}",  # microseconds, up to the year 2286
    lambda text: _EPOCH + timedelta(microseconds=int(text)),
    lambda time: f"{(time - _EPOCH) // timedelta(microseconds=1):016}",
)


def _encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode("ascii").rstrip("=")


def _decoded(word: str) -> str:
    """Raises ValueError for what `_encoded` doesn't write."""
    text = urlsafe_b64decode(word + "=" * (-len(word) % 4)).decode("utf-8")
    if "\0" in text or _encoded(text) != word:
        raise ValueError("not an encoded text")
    return text


TEXT = Part("[A-Za-z0-9_-]{1,540}", _decoded, _encoded)  # of at most 100 characters, safe in a query string


class Key:
    """The sort key of a list: its columns in order, as `Key(updated_at=TIME, pk=ID)`."""

    def __init__(self, **parts: Part) -> None:
        self.parts = parts
        self.pattern = "~".join(part.pattern for part in parts.values())

    def write(self, row: Any) -> str:
        """The cursor behind `row`."""
        return "~".join(part.write(getattr(row, name)) for name, part in self.parts.items())

    def read(self, cursor: str) -> dict[str, Any] | None:
        """The columns of a cursor by name, None when it isn't one of this list."""
        if not re.fullmatch(self.pattern, cursor):
            return None
        texts = cursor.split("~")
        try:
            return {name: part.read(text) for (name, part), text in zip(self.parts.items(), texts, strict=True)}
        except ValueError:
            return None

    def page(self, rows: "QuerySet[Any]", limit: int) -> tuple[list[Any], str | None]:
        """The first `limit` rows of an ordered query set and the cursor behind them, None when there are no more."""
        found = list(rows[: limit + 1])
        return found[:limit], self.write(found[limit - 1]) if len(found) > limit else None


class CursorField(TextField):
    """`nextCursor` of the page before; becomes the columns of the key by name."""

    default_error_messages = {"cursor": "This is not a cursor of this list."}

    def __init__(self, key: Key, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 100, **kwargs})
        self.key = key

    def to_internal_value(self, data: Any) -> Any:
        """The columns."""
        columns = self.key.read(super().to_internal_value(data))
        if columns is None:
            self.fail("cursor")
        return columns


class NoQuery(WireSerializer):
    """The query string of operations that take none."""


class PageQuery(WireSerializer):
    """`?limit` of a list; subclasses add their `cursor` and may set other bounds."""

    limit = DigitsField(min_value=1, max_value=100, default=20, help_text="Rows of a page at most.")
