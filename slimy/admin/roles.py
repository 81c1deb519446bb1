"""Groups that every installation has: who may only look, and who may also act on jobs. `migrate` keeps them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

VIEWERS, OPERATORS = "Viewers", "Operators"
ACTIONS = ("retry_job", "cancel_job", "pause_queue")


def keep_roles(**_: Any) -> None:
    """After a migration: Viewers may see whatever the admin shows, Operators besides that act on jobs and queues.

    Permissions that staff gave to these groups stay; those they took from them come back.
    """
    from django.contrib.auth.models import Group, Permission

    shown = {(model._meta.app_label, f"view_{model._meta.model_name}") for model in admin.site._registry}  # noqa: SLF001
    permissions = Permission.objects.select_related("content_type").filter(codename__in={name for _, name in shown})
    view = [one for one in permissions if (one.content_type.app_label, one.codename) in shown]
    act = Permission.objects.filter(content_type__app_label="jobs", codename__in=ACTIONS)
    Group.objects.get_or_create(name=VIEWERS)[0].permissions.add(*view)
    Group.objects.get_or_create(name=OPERATORS)[0].permissions.add(*view, *act)
