"""Shapes of JSON that is too much for a serializer a row: each checks a value fast and says how it looks in OpenAPI.

`wrong(value)` returns what is wrong with it, as DRF's errors look (messages, or messages by field), or None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from slimy.contract import NO_NUL
from slimy.wire import shown

_MOST_SHOWN = 20
_NOT_STORED = re.compile("[\0\ud800-\udfff]")


class Shape(Protocol):
    """What a JSON value may look like."""

    def wrong(self, value: Any) -> Any:
        """What is wrong with the value, or None."""

    def schema(self) -> dict[str, Any]:
        """The same as JSON Schema."""


@dataclass(frozen=True)
class Text:
    """Text of so many characters at most, which PostgreSQL can store."""

    longest: int

    def wrong(self, value: Any) -> Any:
        if not isinstance(value, str):
            return ["Not a valid string."]
        if len(value) > self.longest:
            return [f"Ensure this field has no more than {self.longest} characters."]
        return ["Holds a character that can't be stored."] if _NOT_STORED.search(value) else None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.longest, "pattern": NO_NUL}


@dataclass(frozen=True)
class Number:
    """A number between two others; a whole one of any size where none are given."""

    least: float | None = None
    most: float | None = None

    def wrong(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return ["A valid number is required."]
        if self.least is None or self.most is None:
            return None if isinstance(value, int) or value.is_integer() else ["A valid integer is required."]
        return None if self.least <= value <= self.most else [f"Must be {self.least:g} to {self.most:g}."]

    def schema(self) -> dict[str, Any]:
        if self.least is None:
            return {"type": "integer"}
        return {"type": "number", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Null:
    """null."""

    def wrong(self, value: Any) -> Any:
        return None if value is None else ["Must be null."]

    def schema(self) -> dict[str, Any]:
        return {"type": "null"}


class Either:
    """One of several shapes; `message` says which."""

    def __init__(self, message: str, *shapes: Shape) -> None:
        self.message = message
        self.shapes = shapes

    def wrong(self, value: Any) -> Any:
        return None if any(shape.wrong(value) is None for shape in self.shapes) else [self.message]

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [shape.schema() for shape in self.shapes]}


@dataclass(frozen=True)
class Items:
    """An array of so many items."""

    item: Shape
    least: int
    most: int

    def wrong(self, value: Any) -> Any:
        if not isinstance(value, list):
            return ["Must be an array."]
        if not self.least <= len(value) <= self.most:
            return [f"Must have {self.least} to {self.most} items, not {len(value)}."]
        found: dict[str, Any] = {}
        for index, item in enumerate(value):
            if (wrong := self.item.wrong(item)) and len(found) < _MOST_SHOWN:
                found[str(index)] = wrong
        return found or None

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.item.schema(), "minItems": self.least, "maxItems": self.most}


class Record:
    """An object with these fields and no others; `required` ones must be there."""

    def __init__(self, required: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None) -> None:
        self.required = required
        self.fields = {**required, **(optional or {})}

    def wrong(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return ["Must be an object."]
        found: dict[str, Any] = {}
        for name, item in value.items():
            shape = self.fields.get(name)
            wrong = shape.wrong(item) if shape else ["This field is not known."]
            if wrong and len(found) < _MOST_SHOWN:
                found[shown(name)] = wrong
        return found | {name: ["This field is required."] for name in self.required if name not in value} or None

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {name: shape.schema() for name, shape in self.fields.items()},
            "required": list(self.required),
            "additionalProperties": False,
        }


class OneOf:
    """One of several records, told apart by the first field that they require."""

    def __init__(self, *records: Record) -> None:
        self.records = {next(iter(record.required)): record for record in records}

    def wrong(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return ["Must be an object."]
        given = [name for name in self.records if name in value]
        if len(given) != 1:
            return [f"Must have exactly one of {', '.join(self.records)}."]
        return self.records[given[0]].wrong(value)

    def schema(self) -> dict[str, Any]:
        return {"oneOf": [record.schema() for record in self.records.values()]}
