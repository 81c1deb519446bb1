"""What every request passes: an id for its trail, a gate before the API, and what only people on pages need."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from structlog.contextvars import bind_contextvars, clear_contextvars

from slimy import scope
from slimy.problems import in_api, page, problem

Handler = Callable[[HttpRequest], HttpResponse]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_bad_request = page(400, "bad_request", "The request can't be understood.")


class RequestIdMiddleware:
    """Takes the client's `X-Request-ID` (or makes one up), logs it with every line and returns it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        scoped = scope.answering(request)
        try:
            response = self.get_response(request)
        finally:
            scope.answered(scoped)
        response["X-Request-ID"] = request_id
        return response


class ApiGateMiddleware:
    """Requests that no view should have to think about end here.

    NUL in cookies, and on pages in path and query: PostgreSQL has none. At the API, odd bodies.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if any("\0" in value for value in request.COOKIES.values()):  # written as "\000" in quotes
            return _bad_request(request)
        if in_api(request.path_info):
            return _refusal(request) or self.get_response(request)
        has_nul = "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", "")
        return _bad_request(request) if has_nul else self.get_response(request)


def _refusal(request: HttpRequest) -> HttpResponse | None:
    """Bodies that are too large, of unknown size, or in an encoding that Django would read the query with."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length and request.META.get("HTTP_TRANSFER_ENCODING"):
        return problem(411, "length_required", "Send the body with a Content-Length.")
    if length and not (length.isascii() and length.isdigit()):
        return problem(400, "bad_request", "Content-Length must be a number.")
    if length and int(length[:12]) > settings.MAX_BODY_BYTES and int(length[:12]) > (most := _most(request)):
        return problem(413, "body_too_large", f"The body may have at most {most} bytes.")
    if (request.content_params or {}).get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        return problem(415, "unsupported_media_type", "Bodies are JSON in UTF-8.")
    return None


def _most(request: HttpRequest) -> int:
    """Bytes that a body may have: more than usual where the view takes files and says so, as `max_body_bytes`."""
    if request.content_type != "multipart/form-data":
        return settings.MAX_BODY_BYTES
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        view = None
    return int(getattr(getattr(view, "cls", None), "max_body_bytes", settings.MAX_BODY_BYTES))


class _ForPages:
    """Lets requests of the API that carry a token pass: behind them is a program, not a browser with a session."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "HTTP_AUTHORIZATION" in request.META and in_api(request.path_info):
            passed: HttpResponse = self.get_response(request)
            return passed
        answered: HttpResponse = super().__call__(request)  # type: ignore[misc]
        return answered


class SessionMiddleware(_ForPages, sessions.SessionMiddleware):
    """Django's."""


class AuthenticationMiddleware(_ForPages, auth.AuthenticationMiddleware):
    """Django's."""


class MessageMiddleware(_ForPages, messages.MessageMiddleware):
    """Django's."""
