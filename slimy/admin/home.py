"""The home page: whether work flows, at a glance. What it shows comes from the apps (slimy/admin/panels.py)."""

from __future__ import annotations

import time
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse

from slimy.admin.panels import Content, Panel, panels_for
from slimy.logs import get_logger
from slimy.sql import query, tx

log = get_logger(__name__)

PATIENCE = "2s"  # for each statement of a panel


def home(request: HttpRequest) -> dict[str, Any]:
    """What the template needs: each panel with its content."""
    return {"panels": [(panel, content_of(panel)) for panel in panels_for(request)]}


def figures(request: HttpRequest) -> HttpResponse:
    """The panels that the user may see, as JSON."""
    panels = panels_for(request)
    if not panels:
        raise PermissionDenied
    began = time.perf_counter()
    documents = {panel.name: {"title": panel.title, **content_of(panel).as_json()} for panel in panels}
    return JsonResponse({"panels": documents, "ms": round((time.perf_counter() - began) * 1000)})


def content_of(panel: Panel) -> Content:
    """What a panel shows; one that takes too long says so, and the others are shown."""
    try:
        with tx():
            query(f"SET LOCAL statement_timeout = '{PATIENCE}'")
            return panel.content()
    except OperationalError as error:
        log.warning("Panel not read", action="panel_failed", panel=panel.name, error=str(error)[:300])
        return Content(note="The database took too long to say. It is asked again.")
