"""JSON text that PostgreSQL's jsonb takes: no NaN, no NUL, no lone surrogates (PostgreSQL documentation, 8.14)."""

import json
import re
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

_STRICT = DjangoJSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":"))
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_SURROGATE = re.compile("[\ud800-\udfff]")


def strict(value: Any, limit: int) -> str:
    """`value` as JSON text of at most `limit` bytes.

    Raises ValueError (too large, NaN, NUL, lone surrogates), TypeError (not JSON), RecursionError.
    """
    text = _STRICT.encode(value)
    if _NUL.search(text):
        raise ValueError("holds the character NUL")
    if len(text.encode()) > limit:  # encode() refuses lone surrogates with a ValueError
        raise ValueError(f"is larger than {limit} bytes")
    return text


def cleaned(value: Any) -> str:
    """`value` as JSON text, with U+FFFD for what jsonb refuses; what isn't JSON becomes its str()."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return _SURROGATE.sub("\ufffd", _NUL.sub(r"\1\\ufffd", text))
