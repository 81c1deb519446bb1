"""Reading what a client sends: bodies and query strings. Whatever is wrong with them is a 400, never a 500."""

import json
import math
from collections.abc import Mapping
from typing import IO, Any, cast

from django.http import QueryDict
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.serializers import Serializer

from slimy.plain import reader

MAX_DEPTH = 32


class StrictJSONParser(BaseParser):
    """JSON in UTF-8: no duplicate names, no NaN, no number beyond a float, not nested beyond MAX_DEPTH."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The parsed body. Raises ParseError."""
        try:
            text = stream.read().decode("utf-8")
            value = json.loads(text, parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_object)
        except UnicodeDecodeError as error:
            raise ParseError("The body is not valid UTF-8.") from error
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error
        except ValueError as error:
            raise ParseError("The body is not valid JSON.") from error
        if text.count("[") + text.count("{") > MAX_DEPTH and _is_deep(value):
            raise ParseError("The body is nested too deeply.")
        return value


def checked(kind: type[Serializer[Any]], params: QueryDict) -> dict[str, Any]:
    """The validated query string. Raises DRF's ValidationError, also for a parameter that comes twice."""
    if not params and (plain := reader(kind)) and (defaults := plain({})) is not None:
        return cast("dict[str, Any]", defaults)
    twice = [name for name, values in params.lists() if len(values) > 1]
    if twice:
        raise ValidationError({name[:64]: ["May be given once only."] for name in twice[:20]})
    query = kind(data=params.dict())
    query.is_valid(raise_exception=True)
    data: dict[str, Any] = query.validated_data
    return data


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ParseError("The body holds a number that is too large.")
    return number


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError("The body holds an object with the same name twice.")
    return found


def _is_deep(value: Any) -> bool:
    """True when arrays and objects are nested more than MAX_DEPTH levels."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [child for item in level for child in _children(item)]
        if not level:
            return False
    return True


def _children(item: Any) -> Any:
    if isinstance(item, dict):
        return item.values()
    return item if isinstance(item, list) else ()
