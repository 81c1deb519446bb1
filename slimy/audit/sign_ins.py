"""Who came in, who went, who tried to: on the pages, where passwords are used."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from slimy.accounts.models import User
from slimy.audit.middleware import refusals
from slimy.audit.record import record
from slimy.metrics import AUDIT_EVENTS


def audit_sign_ins() -> None:
    """From now on they are recorded."""
    user_logged_in.connect(_came, dispatch_uid="audit")
    user_logged_out.connect(_went, dispatch_uid="audit")
    user_login_failed.connect(_failed, dispatch_uid="audit")


def _came(sender: Any, request: HttpRequest, user: User, **more: Any) -> None:
    record("sign_in", actor=user, resource=_resource(user), request=request)


def _went(sender: Any, request: HttpRequest, user: User | None, **more: Any) -> None:
    if user is not None:
        record("sign_out", actor=user, resource=_resource(user), request=request)


def _failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **more: Any) -> None:
    """The name is kept when there is such a user: otherwise it may well be a password, typed into the wrong field."""
    if not refusals.spend():
        AUDIT_EVENTS.labels("dropped").inc()
        return
    name = str(credentials.get(User.USERNAME_FIELD, ""))
    user = User.objects.filter(username=name).first() if "\0" not in name else None
    resource = _resource(user) if user else ""
    record("sign_in", actor=None, resource=resource, details={"known": bool(user)}, outcome="failed", request=request)


def _resource(user: User) -> str:
    return f"accounts.user/{user.pk}"
