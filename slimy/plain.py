"""Reading plainly valid input without DRF, whose way field by field takes longer than all else that a job needs.

`reader(SaveMessage)` is a function that returns what `SaveMessage(data=…).validated_data` would be, or None for
whatever isn't plainly valid: then DRF looks at it, and says what is wrong. tests/test_plain_input.py holds the two
together.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import inf
from typing import Any, NamedTuple

from django.core.validators import (
    MaxLengthValidator,
    MaxValueValidator,
    MinLengthValidator,
    MinValueValidator,
    ProhibitNullCharactersValidator,
)
from rest_framework import fields
from rest_framework.serializers import Serializer
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from slimy import jsonb
from slimy.ids import parse_id
from slimy.wire import (
    MAX_JSON_BYTES,
    ChoiceField,
    FlagField,
    IdField,
    ItemsField,
    JsonObjectField,
    TextField,
    WholeNumberField,
    WireSerializer,
)

Read = Callable[[Any], Any]


class NotPlain(Exception):
    """DRF has to look at this."""


class _Field(NamedTuple):
    wire: str
    name: str
    read: Read
    required: bool
    default: Any


@cache
def reader(kind: type[Serializer[Any]]) -> Read | None:
    """The function for a serializer class; None when the class has rules of its own.

    It takes what JSON gave and returns the validated data, or None.
    """
    serializer = kind()
    if not _has_no_rules(serializer):
        return None
    read = _object(serializer)

    def plain(data: Any) -> Any:
        try:
            return read(data)
        except NotPlain:
            return None

    return plain


def _has_no_rules(serializer: Any) -> bool:
    kind = type(serializer)
    ours = (WireSerializer.to_internal_value, Serializer.validate, Serializer.run_validation)
    return (kind.to_internal_value, kind.validate, kind.run_validation) == ours and not (
        serializer.validators or any(hasattr(kind, f"validate_{name}") for name in serializer.fields)
    )


def _object(serializer: Any) -> Read:
    known = [
        _Field(wire, str(field.source), _read(field), field.required, field.default)
        for wire, field in serializer.fields.items()
    ]
    names = {field.wire for field in known}

    def read(data: Any) -> dict[str, Any]:
        if type(data) is not dict or not data.keys() <= names:
            raise NotPlain
        found = {}
        for wire, name, value_of, required, default in known:
            if wire in data:
                found[name] = value_of(data[wire])
            elif required or (callable(default) and default is not fields.empty):
                raise NotPlain
            elif default is not fields.empty:
                found[name] = default
        return found

    return read


def _read(field: Any) -> Read:
    """How to read a field; one of a kind that isn't known here is always DRF's matter."""
    if isinstance(field, WireSerializer) and _has_no_rules(field) and not field.read_only:
        return _object(field)
    make = _KINDS.get(type(field))
    return make(field) if make and not field.read_only and _has_known_validators(field) else _refuse


def _has_known_validators(field: Any) -> bool:
    return all(isinstance(validator, _VALIDATORS) for validator in field.validators)


def _refuse(data: Any) -> Any:
    raise NotPlain


def _text(field: Any) -> Read:
    least, most, blank = field.min_length or 0, field.max_length or inf, field.allow_blank

    def read(data: Any) -> str:
        if type(data) is not str or not least <= len(data) <= most or "\0" in data or not (data or blank):
            raise NotPlain
        if not data.isascii() and any("\ud800" <= letter <= "\udfff" for letter in data):
            raise NotPlain
        return data

    return read


def _choice(field: Any) -> Read:
    choices = frozenset(choice for choice in field.choices if choice)

    def read(data: Any) -> str:
        if type(data) is not str or data not in choices:
            raise NotPlain
        return data

    return read


def _number(field: Any) -> Read:
    least = -inf if field.min_value is None else field.min_value
    most = inf if field.max_value is None else field.max_value

    def read(data: Any) -> int:
        if type(data) is not int or not least <= data <= most:
            raise NotPlain
        return data

    return read


def _id(field: Any) -> Read:
    def read(data: Any) -> Any:
        parsed = parse_id(data) if type(data) is str else None
        return _refuse(data) if parsed is None else parsed

    return read


def _flag(field: Any) -> Read:
    return lambda data: data if type(data) is bool else _refuse(data)


def _json_object(field: Any) -> Read:
    def read(data: Any) -> dict[str, Any]:
        if type(data) is not dict:
            raise NotPlain
        try:
            jsonb.strict(data, MAX_JSON_BYTES)
        except (ValueError, TypeError, RecursionError):
            raise NotPlain from None
        return data

    return read


def _items(field: Any) -> Read:
    item, least, most = _read(field.child), field.min_length or 0, field.max_length or inf

    def read(data: Any) -> list[Any]:
        if type(data) is not list or not least <= len(data) <= most or not (data or field.allow_empty):
            raise NotPlain
        return [item(each) for each in data]

    return read


_KINDS: dict[type, Callable[[Any], Read]] = {
    TextField: _text,
    ChoiceField: _choice,
    WholeNumberField: _number,
    IdField: _id,
    FlagField: _flag,
    ItemsField: _items,
    JsonObjectField: _json_object,
}
_VALIDATORS = (
    MinLengthValidator,
    MaxLengthValidator,
    MinValueValidator,
    MaxValueValidator,
    ProhibitNullCharactersValidator,
    ProhibitSurrogateCharactersValidator,
)
