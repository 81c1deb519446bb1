"""From a job to the rows that it is about: an app says which field, on the wire, holds ids of which of its models."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet

_models: dict[str, type[Model]] = {}


def subject(field: str, model: type[Model]) -> None:
    """Wherever `field` comes in a payload or a result it holds the primary key of a `model`."""
    _models[field] = model


def subjects_of(*documents: object) -> list[Model]:
    """The rows that the documents (payload, result) name and that exist, each once."""
    found: dict[tuple[str, str], Model] = {}
    for document in documents:
        for field, model in _models.items():
            key = document.get(field) if isinstance(document, Mapping) else None
            row = _row(model, key) if isinstance(key, (str, int)) and (field, str(key)) not in found else None
            if row:
                found[field, str(key)] = row
    return list(found.values())


def _row(model: type[Model], key: Any) -> Model | None:
    try:
        return QuerySet(model).filter(pk=key).first()
    except (ValueError, ValidationError, OverflowError):
        return None
