"""Cursors: the sort key of a row, written out."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest

from slimy.paging import ID, NUMBER, SIGNED, TEXT, TIME, Key

CHANGED = Key(updated_at=TIME, pk=ID)
NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    "time", [NOON, NOON.astimezone(tz=None), datetime(1970, 1, 1, tzinfo=UTC), datetime(2286, 1, 1, tzinfo=UTC)]
)
def test_a_cursor_is_read_as_it_was_written(time):
    row = SimpleNamespace(updated_at=time, pk=uuid4())
    assert CHANGED.read(CHANGED.write(row)) == {"updated_at": time, "pk": row.pk}


def test_a_time_keeps_its_microseconds():
    row = SimpleNamespace(updated_at=NOON + timedelta(microseconds=1), pk=UUID(int=0))
    assert CHANGED.write(row) == "1795435200123457~00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "~",
        "1795435200123457",
        f"1795435200123457~{UUID(int=0)}~",
        f"1795435200123457~{UUID(int=0)}\n",
        f"179543520012345~{UUID(int=0)}",
        f"-795435200123457~{UUID(int=0)}",
        f"1795435200123457~{UUID(int=0).hex}",
        f"1795435200123457~{{{UUID(int=0)}}}",
        f"1795435200123457~{str(UUID(int=10**37)).upper()}",
        f"١٧٩٥٤٣٥٢٠٠١٢٣٤٥٧~{UUID(int=0)}",
    ],
)
def test_anything_else_is_no_cursor(cursor):
    assert CHANGED.read(cursor) is None


@pytest.mark.parametrize(("cursor", "columns"), [("0", {"position": 0}), ("9" * 18, {"position": 10**18 - 1})])
def test_a_number_fits_into_a_bigint(cursor, columns):
    assert Key(position=NUMBER).read(cursor) == columns
    assert Key(position=NUMBER).read(cursor + "9" * 18) is None


@pytest.mark.parametrize("text", ["a", "爱丽丝", "~", "a/b?c&d", "é" * 100, "😀" * 100])
@pytest.mark.parametrize("number", [0, -1, 10**18 - 1, Decimal("-101.00"), Decimal("12.5")])
def test_numbers_and_texts_are_read_as_they_were_written(number, text):
    key = Key(worth=SIGNED, key=TEXT)
    cursor = key.write(SimpleNamespace(worth=number, key=text))
    assert cursor.replace("~", "").replace(".", "").replace("-", "").replace("_", "").isalnum()
    assert key.read(cursor) == {"worth": number, "key": text}


@pytest.mark.parametrize("word", ["", "Y", "YR", "YQ=", "AA", "_w", "7aCA", "Y Q", "YQ\n", "é", "A" * 541])
def test_a_word_that_no_text_is_written_as_is_no_cursor(word):
    assert Key(key=TEXT).read(word) is None


@pytest.mark.parametrize("number", ["", "-", "+1", "1.", ".5", "1.234", "1e5", "NaN", "--1", "9" * 19])
def test_what_is_written_in_another_way_is_no_number(number):
    assert Key(worth=SIGNED).read(number) is None


@pytest.mark.parametrize(("limit", "shown", "cursor"), [(2, [1, 2], "2"), (3, [1, 2, 3], None), (9, [1, 2, 3], None)])
def test_a_page_ends_with_the_cursor_of_its_last_row_unless_it_is_the_last_page(limit, shown, cursor):
    rows = [SimpleNamespace(position=number) for number in (1, 2, 3)]
    found, following = Key(position=NUMBER).page(rows, limit)
    assert ([row.position for row in found], following) == (shown, cursor)
