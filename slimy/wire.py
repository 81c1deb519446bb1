"""What travels: camelCase names, strict types, nothing unknown, times in UTC with Z. Python keeps its snake_case."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from slimy import jsonb
from slimy.ids import parse_id

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_UNSHOWN = re.compile("[^ -~]")
_DIGITS = re.compile(r"\d{1,9}", re.ASCII)
MAX_JSON_BYTES = 1024 * 1024  # as much as a body may have


def camel(name: str) -> str:
    """snake_case → camelCase."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def instant(time: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds and Z, or None."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if time else None


class InstantField(serializers.DateTimeField):
    """A time as RFC 3339 writes it, with its offset; it leaves as `instant` says."""

    def to_internal_value(self, value: Any) -> datetime:
        """The time, aware of its zone."""
        text = value.upper() if isinstance(value, str) else ""
        if not _RFC3339.fullmatch(text):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ss[.fff]Z")
        time: datetime = super().to_internal_value(text)
        return time

    def to_representation(self, value: Any) -> Any:
        """The time in UTC."""
        return instant(value) if isinstance(value, datetime) else value


class TextField(serializers.CharField):
    """Text that must come as a JSON string and is kept as it came; NUL and lone surrogates are refused."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"trim_whitespace": False, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        """The text."""
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        return text


class ChoiceField(serializers.ChoiceField):
    """One of some strings; anything else is refused without being echoed."""

    def to_internal_value(self, data: Any) -> Any:
        """The string."""
        if not isinstance(data, str) or data not in self.choices:
            raise ValidationError(f"Must be one of: {', '.join(map(str, self.choices))}.", code="invalid_choice")
        return data


class FlagField(serializers.BooleanField):
    """true or false; DRF would also take "yes", 1 and their like."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise ValidationError("Must be true or false.", code="invalid")
        return data


class WholeNumberField(serializers.IntegerField):
    """An integer that must come as a JSON number; 5.0 is 5, as in JSON Schema."""

    def to_internal_value(self, data: Any) -> int:
        """The number."""
        if type(data) is int:
            return data
        if not isinstance(data, float) or not data.is_integer():
            self.fail("invalid")
        return int(data)


class DigitsField(WholeNumberField):
    """An integer ≥ 0 of a query string: digits and nothing else."""

    def to_internal_value(self, data: Any) -> int:
        """The number."""
        if not isinstance(data, str) or not _DIGITS.fullmatch(data):
            self.fail("invalid")
        return int(data)


class IdField(serializers.UUIDField):
    """An id of ours, written as 36 characters."""

    def to_internal_value(self, data: Any) -> UUID:
        """The UUID."""
        parsed = parse_id(data) if isinstance(data, str) else None
        if parsed is None:
            self.fail("invalid")
        return parsed


class ItemsField(serializers.ListField):
    """A list whose length is checked before any of its items is."""

    def to_internal_value(self, data: Any) -> list[Any]:
        """The items."""
        if isinstance(data, list):
            self.run_validators(data)
        items: list[Any] = super().to_internal_value(data)
        return items


class JsonObjectField(serializers.JSONField):
    """A JSON object that PostgreSQL can store."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The object."""
        if not isinstance(data, dict):
            raise ValidationError("Must be an object.", code="invalid")
        try:
            jsonb.strict(data, MAX_JSON_BYTES)
        except (ValueError, RecursionError) as error:
            raise ValidationError("Holds a character or a number that can't be stored.", code="invalid") from error
        return data


class WireSerializer(serializers.Serializer[Any]):
    """Fields are declared in snake_case and travel in camelCase; a field that isn't declared is an error."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """The declared fields under their wire names."""
        fields = {}
        for name, field in super().get_fields().items():
            wire = camel(name)
            if wire != name and field.source is None:
                field.source = name
            fields[wire] = field
        return fields

    def to_internal_value(self, data: Any) -> Any:
        """The fields under their Python names. Raises ValidationError."""
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                raise ValidationError({shown(name): ["This field is not known."] for name in unknown[:20]})
        return super().to_internal_value(data)


def shown(name: object) -> str:
    """A client's field name, short and printable, to be shown to it again."""
    return _UNSHOWN.sub("?", str(name)[:64])
