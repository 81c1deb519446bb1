"""Payloads and results as staff see them: folded, with secrets masked, and never more than a page can bear."""

from __future__ import annotations

import json
import re
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

SHOWN = 100_000  # characters of a document
ENTRIES = 100  # of one object or array
DEPTH = 12  # that are folded; what is deeper is text
LENGTH = 2_000  # characters of one text
OPEN = 2  # levels that are open at first
MASK = "••••••"
_SECRET = re.compile(
    r"pass(word|wd|phrase)?$|secret|token|authorization|cookie|api_?key|private_?key|credential", re.IGNORECASE
)


def masked(document: Any, depth: int = 0) -> Any:
    """The same with `MASK` for whatever is kept under a name that says it is a secret. Raises RecursionError."""
    if isinstance(document, dict):
        return {
            key: MASK if _SECRET.search(str(key)) and value not in (None, "") else masked(value, depth + 1)
            for key, value in document.items()
        }
    return [masked(value, depth + 1) for value in document] if isinstance(document, list) else document


def pretty(document: object) -> str:
    """JSON for people, masked, cut when it is very long; "" for nothing."""
    if document is None:
        return ""
    try:
        text = json.dumps(masked(document), indent=2, ensure_ascii=False, cls=DjangoJSONEncoder)
    except RecursionError:
        return "(nested too deeply to be shown)"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}\n… and {len(text) - SHOWN:,} characters more"


def folded(document: object) -> SafeString:
    """The document as nested <details>; "" when it isn't an object or an array, or too large for that."""
    text = pretty(document)
    if not isinstance(document, (dict, list)) or len(text) > SHOWN or text.startswith("(nested"):
        return SafeString("")
    return _entries(masked(document), 0)


def _entries(document: Any, depth: int) -> SafeString:
    pairs = list(document.items() if isinstance(document, dict) else enumerate(document))
    shown = format_html_join("", "<li>{}</li>", ((_entry(key, value, depth),) for key, value in pairs[:ENTRIES]))
    more = (
        format_html('<li class="slimy-quiet">… and {} more</li>', len(pairs) - ENTRIES) if len(pairs) > ENTRIES else ""
    )
    return format_html('<ul class="slimy-json">{}{}</ul>', shown, more)


def _entry(key: object, value: Any, depth: int) -> SafeString:
    if not isinstance(value, (dict, list)) or not value:
        return format_html("<b>{}</b> {}", key, _leaf(value))
    if depth >= DEPTH:
        return format_html("<b>{}</b> <code>{}</code>", key, json.dumps(value, ensure_ascii=False)[:LENGTH])
    size = f"{len(value)} {'entry' if len(value) == 1 else 'entries'}"
    opened = mark_safe(" open") if depth < OPEN and len(value) <= 20 else ""  # nosec B308
    return format_html(
        '<details{}><summary><b>{}</b> <span class="slimy-quiet">{}</span></summary>{}</details>',
        opened, key, size, _entries(value, depth + 1),
    )  # fmt: skip


def _leaf(value: Any) -> SafeString:
    if isinstance(value, str):
        cut = value if len(value) <= LENGTH else f"{value[:LENGTH]}… ({len(value):,} characters)"
        return format_html('<code class="slimy-json-text">{}</code>', cut)
    return format_html("<code>{}</code>", json.dumps(value))
