"""How a guild's settings, and changes of them, are shown to people."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.forms import BoundField, Form

from guilds.defaults import defaults
from guilds.models import GuildSettings, SettingsChange
from slimy.jobs.admin.documents import pretty
from slimy.wire import camel

Line = tuple[str, str, str]


@dataclass(frozen=True)
class Row:
    """A setting: its name on the wire, its default, what is stored over it (None for nothing), its field in a form."""

    name: str
    label: str
    default: str
    stored: str | None
    field: BoundField | None
    is_document: bool

    @property
    def has_changed(self) -> bool:
        """Whether something was sent that isn't what is stored."""
        field = self.field
        return field is not None and field.form.is_bound and field.name in field.form.changed_data


def rows(stored: GuildSettings | None, form: Form | None = None) -> list[Row]:
    """All settings, as texts; with their fields when there is a form."""
    return [_row(name, default, getattr(stored, name, None), form) for name, default in defaults().items()]


def _row(name: str, default: Any, stored: Any, form: Form | None) -> Row:
    wire = camel(name)
    over = None if stored in (None, {}) else shown(stored)
    field = form[wire] if form else None
    return Row(wire, label(name), shown(default), over, field, is_document=isinstance(default, dict))


def label(setting: str) -> str:
    """The Python name of a setting for people: "sheet_id" is "Sheet id"."""
    return setting.replace("_", " ").capitalize()


def shown(value: object) -> str:
    """A value as text; objects as JSON."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value or "empty"
    return "not set" if value is None else pretty(value)


def lines(change: SettingsChange) -> list[Line]:
    """What a change did, as (setting, from, to); of objects only the parts that differ."""
    return [
        (path, shown(before), shown(after))
        for setting, (was, now) in change.changes.items()
        for path, before, after in _differences(label(setting), was, now)
    ]


def _differences(setting: str, was: Any, now: Any) -> list[tuple[str, Any, Any]]:
    before, after = dict(_leaves(setting, was)), dict(_leaves(setting, now))
    changed = [path for path in before | after if before.get(path) != after.get(path)]
    return [(path, before.get(path), after.get(path)) for path in changed] or [(setting, was, now)]


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, child in value.items():
            yield from _leaves(f"{path}: {name}", child)
    else:
        yield path, value
