"""A guild's settings as a form. What was changed goes, as JSON, through the serializer that the API uses."""

import json
from collections.abc import Iterator
from typing import Any

from django import forms
from django.http import QueryDict
from rest_framework import serializers
from unfold.widgets import UnfoldAdminSelectWidget

from guilds.admin.fields import JsonField, LineField, LinesField
from guilds.admin.words import label, shown
from guilds.defaults import defaults
from guilds.merge import difference
from guilds.models import GuildSettings
from guilds.serializers import SettingsChangeBody, SheetField
from slimy.snowflakes import SnowflakeField
from slimy.wire import ChoiceField, FlagField

ONE_LINE = 300  # characters; what may be longer gets a larger box


class SettingsForm(forms.Form):
    """A field for every setting, empty where its default applies; once valid, `patch` is what is to be changed.

    `stored` is what the guild has set.
    """

    def __init__(self, stored: GuildSettings | None, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.patch: dict[str, Any] = {}
        self.stored: dict[str, Any] = {}
        for name, field in SettingsChangeBody().fields.items():
            self.stored[name] = getattr(stored, str(field.source), None)
            self.initial[name] = _initial(self.stored[name])
            self.fields[name] = _form_field(field)

    def clean(self) -> None:
        """Validate what differs from what is stored, and only that."""
        body = SettingsChangeBody(data=dict(self._changes()))
        if body.is_valid():
            self.patch = body.validated_data
        for name, errors in body.errors.items():
            self.add_error(name, list(_messages(errors)))

    def _changes(self) -> Iterator[tuple[str, Any]]:
        for name, stored in self.stored.items():
            if name in self.changed_data and name in self.cleaned_data:
                yield name, difference(stored, self.cleaned_data[name])


def _form_field(field: Any) -> forms.Field:
    """How people enter what a field of the serializer takes."""
    default = shown(defaults()[field.source])
    options: dict[str, Any] = {"label": label(field.source), "required": False}
    if isinstance(field, ChoiceField):
        return _select(default, [(value, value) for value in field.choices], **options)
    if isinstance(field, FlagField):
        return _select(default, [("true", "yes"), ("false", "no")], coerce=json.loads, **options)
    if isinstance(field, serializers.Serializer):
        return JsonField(**options)
    if field.max_length and field.max_length > ONE_LINE:
        return LinesField(strip=False, **options)
    made = LineField(strip=isinstance(field, (SheetField, SnowflakeField)), **options)
    made.widget.attrs["placeholder"] = default
    return made


def _select(default: str, choices: list[tuple[str, str]], **options: Any) -> forms.Field:
    widget = UnfoldAdminSelectWidget()
    return forms.TypedChoiceField(
        choices=[("", f"Default: {default}"), *choices], empty_value=None, widget=widget, **options
    )


def _initial(stored: object) -> str:
    if stored in (None, {}):
        return ""
    return stored if isinstance(stored, str) else json.dumps(stored, indent=2, ensure_ascii=False)


def _messages(errors: Any, path: str = "") -> Iterator[str]:
    """The serializer's errors about one setting, each with the path in the JSON document that it is about."""
    if isinstance(errors, dict):
        for name, inner in errors.items():
            yield from _messages(inner, f"{path}.{name}" if path else str(name))
    else:
        yield from (f"{path}: {error}" if path else str(error) for error in errors)
