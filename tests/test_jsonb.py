"""What jsonb refuses is refused, or cleaned, before it gets there."""

import json

import pytest

from slimy import jsonb
from slimy.sql import one

HOSTILE = ["\0", "a\0b", "\\\0", "\\\\\0", "\ud800", "x\udfffy", {"\0": 1}, ["\ud83d"], float("nan"), float("inf")]
FINE = ["\\u0000", "\\\\u0000", "😀", "\u2028", {"a": [1, None, True, 1.5]}, 10**30, "\x01"]


@pytest.mark.parametrize("value", HOSTILE, ids=ascii)
def test_strict_refuses_what_jsonb_refuses(value):
    with pytest.raises(ValueError):
        jsonb.strict({"v": value}, 1000)


@pytest.mark.django_db
@pytest.mark.parametrize("value", FINE, ids=ascii)
def test_strict_passes_what_jsonb_keeps(value):
    text = jsonb.strict({"v": value}, 1000)
    row = one("SELECT %(text)s::jsonb AS kept", {"text": text})
    assert json.loads(row["kept"]) if isinstance(row["kept"], str) else row["kept"] == {"v": value}


def test_strict_bounds_the_size_in_bytes():
    with pytest.raises(ValueError, match="larger than 10 bytes"):
        jsonb.strict("ü" * 5, 10)


@pytest.mark.django_db
@pytest.mark.parametrize("value", [*HOSTILE[:-2], *FINE], ids=ascii)
def test_cleaned_is_always_kept(value):
    assert one("SELECT %(text)s::jsonb AS kept", {"text": jsonb.cleaned({"v": value})})
