"""What Django's admin writes into its log is an event, too: additions, changes, deletions, one by one or many."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry, LogEntryManager
from django.db.models import Model
from django.forms import Form

from slimy import scope
from slimy.accounts.models import User
from slimy.audit.record import record

VERBS = {ADDITION: "add", CHANGE: "change", DELETION: "delete"}
HIDDEN = ("password", "secret", "token", "key")
LONGEST = 200  # characters of a value


def audit_log_entries() -> None:
    """From now on entries become events: `log_actions` is the one way in, for single rows and for many."""
    LogEntryManager.log_actions = _audited(LogEntryManager.log_actions)  # type: ignore[method-assign]


def note_changes(form: Form) -> None:
    """Remember what a form changes, for the entry that will be made of it."""
    request = scope.request()
    if request is not None:
        changes = {name: _change(form, name) for name in form.changed_data}
        request.audited_changes = changes  # type: ignore[attr-defined]


def _audited(log_actions: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(log_actions)
    def log_and_record(
        self: LogEntryManager,
        user_id: int,
        queryset: Iterable[Model],
        action_flag: int,
        change_message: Any = "",
        **more: Any,
    ) -> Any:
        rows = list(queryset)
        entries = log_actions(self, user_id, rows, action_flag, change_message, **more)
        actor, details = _actor(user_id), _details(change_message)
        for row in rows:
            record(
                f"{_name(row)}.{VERBS[action_flag]}", actor=actor, resource=f"{_name(row)}/{row.pk}", details=details
            )
        return entries

    return log_and_record


def _actor(user_id: int) -> User | None:
    request = scope.request()
    user = getattr(request, "user", None)
    return user if getattr(user, "pk", None) == user_id else User.objects.filter(pk=user_id).first()


def _details(message: Any) -> dict[str, Any]:
    details: dict[str, Any] = {"message": LogEntry(change_message=_as_text(message)).get_change_message()}
    changes = getattr(scope.request(), "audited_changes", None)
    if changes:
        details["before"] = {name: before for name, (before, _) in changes.items()}
        details["after"] = {name: after for name, (_, after) in changes.items()}
    return details


def _as_text(message: Any) -> str:
    return json.dumps(message) if isinstance(message, list) else str(message)


def _name(row: Model) -> str:
    return row._meta.label_lower  # noqa: SLF001  Django's documented API


def _change(form: Form, name: str) -> tuple[str, str]:
    if any(word in name.lower() for word in HIDDEN):
        return "…", "…"
    return _shown(form.get_initial_for_field(form.fields[name], name)), _shown(form.cleaned_data.get(name))


def _shown(value: Any) -> str:
    if hasattr(value, "all") or isinstance(value, (list, tuple, set)):
        return ", ".join(sorted(str(each) for each in (value.all() if hasattr(value, "all") else value)))[:LONGEST]
    return "" if value is None else str(value)[:LONGEST]
