"""Pages that ask before something is done, and what comes after."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from slimy.accounts.models import User
from slimy.admin.window import FastAdmin
from slimy.exceptions import SlimyError


def page(admin: FastAdmin, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    """One of our pages in the frame of the admin."""
    frame = {**admin.admin_site.each_context(request), "opts": admin.opts, "title": title}
    media = admin.media + context.pop("media", admin.media)
    return TemplateResponse(request, f"admin/clubs/{template}.html", {**frame, **context, "media": media})


def told(admin: FastAdmin, request: HttpRequest, text: Any, back: str, level: int = messages.SUCCESS) -> HttpResponse:
    """Say what was done, on the page `back`."""
    admin.message_user(request, text, level)
    return HttpResponseRedirect(back)


def refused(admin: FastAdmin, request: HttpRequest, error: SlimyError | str, back: str) -> HttpResponse:
    """Say why nothing was done, on the page `back`."""
    return told(admin, request, error if isinstance(error, str) else error.detail, back, messages.ERROR)


def user_of(request: HttpRequest) -> User:
    """Who does it; the admin lets nobody else in."""
    return cast("User", request.user)
