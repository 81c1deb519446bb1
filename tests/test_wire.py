"""Names and types on the wire."""

import io
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from rest_framework.exceptions import ParseError, ValidationError

from slimy.parsing import MAX_DEPTH, StrictJSONParser
from slimy.problems import MAX_DETAILS, by_field
from slimy.wire import (
    ChoiceField,
    DigitsField,
    FlagField,
    IdField,
    InstantField,
    ItemsField,
    JsonObjectField,
    TextField,
    WholeNumberField,
    WireSerializer,
    camel,
    instant,
)


@pytest.mark.parametrize(
    ("python", "wire"), [("id", "id"), ("created_at", "createdAt"), ("if_unmodified_since", "ifUnmodifiedSince")]
)
def test_names_are_camel_case(python, wire):
    assert camel(python) == wire


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (datetime(2026, 11, 23, 12, 0, 0, 999999, tzinfo=UTC), "2026-11-23T12:00:00.999Z"),
        (datetime(2026, 11, 23, 1, 30, tzinfo=timezone(timedelta(hours=2))), "2026-11-22T23:30:00.000Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000Z"),
        (None, None),
    ],
)
def test_times_are_in_utc_with_milliseconds(time, text):
    assert instant(time) == text


GOOD = [
    (TextField(), "  kept \n", "  kept \n"),
    (TextField(allow_blank=True), "", ""),
    (WholeNumberField(), 5, 5),
    (WholeNumberField(), 5.0, 5),
    (DigitsField(), "007", 7),
    (FlagField(), True, True),
    (ChoiceField(choices=["a"]), "a", "a"),
    (InstantField(), "2026-11-23T12:00:00Z", datetime(2026, 11, 23, 12, tzinfo=UTC)),
    (InstantField(), "2026-11-23t12:00:00.5z", datetime(2026, 11, 23, 12, 0, 0, 500000, tzinfo=UTC)),
    (InstantField(), "2026-11-23T14:00:00+02:00", datetime(2026, 11, 23, 12, tzinfo=UTC)),
    (JsonObjectField(), {"a": [1, None, "\U0001f600"]}, {"a": [1, None, "\U0001f600"]}),
    (ItemsField(child=WholeNumberField(), max_length=2), [1, 2], [1, 2]),
]
BAD = [
    (TextField(), [1, True, None, [], {}, "", "a\0", "\ud800"]),
    (TextField(max_length=3), ["four", "\U0001f600" * 4]),
    (WholeNumberField(), ["5", 5.5, True, None, [], float("inf"), float("nan")]),
    (WholeNumberField(max_value=9), [10, 10**20, 10**4000, 1e300]),
    (DigitsField(), ["", " 1", "+1", "-1", "1.0", "1e1", "1_0", "٣", "9" * 10, 5]),
    (FlagField(), [1, 0, "true", "yes", None, []]),
    (ChoiceField(choices=["a"]), [1, "b", "A", None, [], {}, True]),
    (IdField(), [1, True, "", "0" * 32, "{01a208f2-79bf-708c-ab1c-4e0138b27d4e}", None, []]),
    (
        InstantField(),
        ["2026-11-23", "2026-11-23T12:00", "2026-11-23T12:00:00", "now", "", 5, None, "٢٠٢٦-11-23T12:00:00Z"],
    ),
    (InstantField(), ["2026-13-01T00:00:00Z", "0000-01-01T00:00:00Z", "2026-11-23T12:00:00+24:00"]),
    (JsonObjectField(), [[], "x", None, 1, {"a": "\0"}, {"\ud800": 1}, {"a": float("nan")}, {"a": "x" * 1_100_000}]),
    (ItemsField(child=WholeNumberField(), min_length=1, max_length=2), [[], [1, 2, 3], ["1"], {}, "12", None]),
]


@pytest.mark.parametrize(("field", "sent", "kept"), GOOD)
def test_what_fields_take(field, sent, kept):
    assert field.run_validation(sent) == kept


@pytest.mark.parametrize(("field", "sent"), [(field, sent) for field, several in BAD for sent in several])
def test_what_fields_refuse(field, sent):
    with pytest.raises(ValidationError):
        field.run_validation(sent)


class Inner(WireSerializer):
    first_name = TextField()


class Outer(WireSerializer):
    created_at = InstantField(required=False)
    people = ItemsField(child=Inner(), required=False)


def errors(data):
    outer = Outer(data=data)
    assert not outer.is_valid()
    return by_field(outer.errors)


def test_python_sees_its_own_names():
    outer = Outer(data={"createdAt": "2026-11-23T12:00:00Z", "people": [{"firstName": "Alice"}]})
    outer.is_valid(raise_exception=True)
    assert outer.validated_data["people"] == [{"first_name": "Alice"}]
    assert outer.validated_data["created_at"].year == 2026


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({"created_at": "2026-11-23T12:00:00Z"}, ["created_at"]),
        ({"people": [{"firstName": "Alice"}, {}, {"firstName": 1, "x": 1}]}, ["people.1.firstName", "people.2.x"]),
        ({"people": [5]}, ["people.0"]),
        ([], ["body"]),
    ],
)
def test_errors_name_the_field_as_the_client_wrote_it(data, fields):
    assert list(errors(data)) == fields


def test_errors_are_bounded():
    assert len(errors({str(number): 1 for number in range(5000)})) == 20
    assert len(errors({"people": [5] * 5000})) == MAX_DETAILS


def parse(text):
    return StrictJSONParser().parse(io.BytesIO(text if isinstance(text, bytes) else text.encode()))


@pytest.mark.parametrize("value", [{}, [], None, "x", 1.5, {"a": [{"b": 1e308}]}, 10**4000])
def test_json_is_read(value):
    assert parse(json.dumps(value)) == value


@pytest.mark.parametrize("wide", ["[" + "[]," * 5000 + "[]]", '{"a": "' + "[" * 5000 + '"}'])
def test_many_brackets_are_no_depth(wide):
    assert parse(wide)


def test_depth_has_a_limit():
    assert parse("[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH)
    with pytest.raises(ParseError, match="deeply"):
        parse("[" * (MAX_DEPTH + 1) + "1" + "]" * (MAX_DEPTH + 1))
