"""Every statement is timed; one that takes too long is logged, with where it came from and without its literals."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings

from slimy import scope
from slimy.logs import OncePerSecond, get_logger
from slimy.metrics import SLOW_STATEMENTS, STATEMENT_ERRORS, STATEMENT_SECONDS

log = get_logger(__name__)
_may_log = OncePerSecond()

LONGEST = 1000  # characters of a statement in a log line

_VERB = re.compile(r"\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|SELECT)\b", re.IGNORECASE)
_LITERALS = re.compile(
    r"""(?P<space>(?:\s|--[^\n]*|/\*.*?\*/)+) | (?P<name>"[^"]*") | (?P<value>
        \$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z) | [EeBbXxUu]?&?'(?:[^'\\]|''|\\.)*(?:'|$)
        | (?<![\w"$%])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)""",
    re.VERBOSE | re.DOTALL,
)
_LISTS = re.compile(r"\((?:(?:%s|%\(\w+\)s|\?|\$\d+)(?:::\w+(?:\[\])?)?,?\s*){2,}\)")
_KINDS = ("select", "insert", "update", "delete", "merge", "set")


def timed(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """An execute wrapper of Django: counts the statement, and its error."""
    alias = context["connection"].alias
    began = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    except Exception as error:
        STATEMENT_ERRORS.labels(alias, kind_of(sql), type(error).__name__).inc()
        raise
    finally:
        seconds = time.perf_counter() - began
        _seconds(alias, kind_of(sql)).observe(seconds)
        if seconds * 1000 >= settings.SLOW_STATEMENT_MS:
            _note_slow(alias, sql, seconds)


@lru_cache(maxsize=512)
def kind_of(sql: Any) -> str:
    """What a statement does: select, insert, update, delete, merge, set or other; that of a WITH is its last verb
    that writes.
    """
    text = sql if isinstance(sql, str) else str(sql)
    words = text.split(None, 1)
    first = words[0].lower() if words else ""
    if first != "with":
        return first if first in _KINDS else "other"
    verbs = [match[1].split()[0].lower() for match in _VERB.finditer(text)]
    return next((verb for verb in reversed(verbs) if verb != "select"), "select")


def shape_of(sql: Any) -> str:
    """A statement without its literals and comments, on one line: safe to be logged and shown."""
    text = (sql if isinstance(sql, str) else str(sql))[: LONGEST * 8]
    text = _LITERALS.sub(_without_literal, text)
    text = _LISTS.sub("(?, …)", text).strip()
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _without_literal(found: re.Match[str]) -> str:
    return found["name"] or (" " if found["space"] else "?")


@lru_cache(maxsize=64)
def _seconds(alias: str, kind: str) -> Any:
    return STATEMENT_SECONDS.labels(alias, kind)


def _note_slow(alias: str, sql: Any, seconds: float) -> None:
    kind = kind_of(sql)
    SLOW_STATEMENTS.labels(alias, kind).inc()
    if _may_log():
        log.warning(
            "Slow statement",
            action="slow_statement",
            alias=alias,
            kind=kind,
            ms=round(seconds * 1000),
            place=scope.place(),
            sql=shape_of(sql),
        )
