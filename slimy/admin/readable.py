"""Requests to a list that Django's admin would stumble over: they end as 400, before it reads them."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import Field
from django.http import HttpRequest

_LAST_YEAR = 9999


def refuse_unreadable(request: HttpRequest, key: "Field[Any, Any]") -> None:
    """Raise BadRequest for selected rows whose ids can't be of `key`, and for years that no date has."""
    for name, values in request.GET.lists():
        if name.endswith("__year") and not all(_is_year(str(value)) for value in values):
            raise BadRequest("There is no such year.")
    _refuse_others(key, request.POST.getlist(ACTION_CHECKBOX_NAME))


def _is_year(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= _LAST_YEAR


def _refuse_others(key: "Field[Any, Any]", ids: Iterable[str]) -> None:
    for id in ids:
        try:
            key.to_python(id)
        except ValidationError as error:
            raise BadRequest("No row has such an id.") from error
        if "\0" in id:
            raise BadRequest("No row has such an id.")
