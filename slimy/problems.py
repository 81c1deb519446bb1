"""Errors as the API says them: application/problem+json (RFC 9457) that also carries the old clients' `error` code."""

import json
from collections.abc import Callable, Iterator
from http import HTTPStatus
from itertools import islice
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from rest_framework import exceptions as drf
from structlog.contextvars import get_contextvars

from slimy.exceptions import InvalidInput, SlimyError
from slimy.logs import OncePerSecond, get_logger

log = get_logger(__name__)
_may_warn = OncePerSecond()

MEDIA_TYPE = "application/problem+json"
MAX_DETAILS = 100
RETRY_AFTER = 2  # seconds, where nothing better is known

# What Django's and DRF's own errors are called. docs/api.md lists these and the codes of slimy/exceptions.py.
CODES: dict[type[Exception], str] = {
    drf.NotAuthenticated: "unauthorized",
    drf.AuthenticationFailed: "unauthorized",
    drf.PermissionDenied: "permission_denied",
    drf.NotFound: "not_found",
    drf.MethodNotAllowed: "method_not_allowed",
    drf.UnsupportedMediaType: "unsupported_media_type",
    drf.Throttled: "too_many_requests",
    drf.ParseError: "invalid_json",
    drf.ValidationError: InvalidInput.code,
}

# By the class of the error: status, code and what to say.
DJANGO: dict[type[Exception], tuple[int, str, str]] = {
    Http404: (404, "not_found", "There is nothing here."),
    PermissionDenied: (403, "permission_denied", "You may not do this."),
    RequestDataTooBig: (413, "body_too_large", "The body is too large."),
    SuspiciousOperation: (400, "bad_request", "The request can't be understood."),
    BadRequest: (400, "bad_request", "The request can't be understood."),
    UnreadablePostError: (400, "bad_request", "The body ended too early."),
    OperationalError: (503, "service_unavailable", "The service is busy; try again soon."),
    InterfaceError: (503, "service_unavailable", "The service is busy; try again soon."),
}


def in_api(path: str) -> bool:
    """True for paths whose errors are problem documents."""
    return path == "/api" or path.startswith("/api/")


def problem(
    status: int, code: str, detail: str, *, details: Any = None, headers: dict[str, str] | None = None
) -> HttpResponse:
    """A problem document. `details` says what is wrong with which field; the id of the request is added."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "error": code,
        "requestId": get_contextvars().get("request_id"),
    }
    if details:
        document["details"] = by_field(details)
    body = json.dumps(document).encode()
    headers = {"Content-Length": str(len(body)), **(headers or {})}
    return HttpResponse(body, status=status, content_type=MEDIA_TYPE, headers=headers)


def by_field(details: Any) -> dict[str, list[str]]:
    """DRF's nested errors as field → messages: `{"messages.1.content": ["This field is required."]}`.

    What is wrong with the body as a whole is said of the field "body".
    """
    found: dict[str, list[str]] = {}
    for path, message in islice(_messages(details, ""), MAX_DETAILS):
        found.setdefault(path or "body", []).append(message)
    return found


def _messages(details: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(details, dict):
        for name, inner in details.items():
            whole = name in ("", "non_field_errors")
            yield from _messages(inner, path if whole else f"{path}.{name}".lstrip("."))
    elif isinstance(details, (list, tuple)):
        for index, inner in enumerate(details):
            yield from _messages(inner, path if isinstance(inner, str) else f"{path}.{index}".lstrip("."))
    else:
        yield path, str(details)


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """DRF's EXCEPTION_HANDLER: every exception of an API view becomes a problem document, unknown ones a 500."""
    if isinstance(error, SlimyError):
        return _problem(error.status, error.code, error.detail, error.details)
    if isinstance(error, drf.APIException):
        return _of_drf(error)
    for kind, (status, code, detail) in DJANGO.items():
        if isinstance(error, kind):
            if status == 503 and _may_warn():
                log.warning("PostgreSQL not reached", action="database_unavailable", error=str(error)[:300])
            return _problem(status, code, detail)
    log.error("Request failed", action="request_failed", exc_info=error)
    return problem(500, SlimyError.code, SlimyError.public_text())


def _problem(status: int, code: str, detail: str, details: Any = None) -> HttpResponse:
    headers = {"Retry-After": str(RETRY_AFTER)} if status in (429, 503) else {}
    return problem(status, code, detail, details=details, headers=headers)


def _of_drf(error: drf.APIException) -> HttpResponse:
    code = next((code for kind, code in CODES.items() if isinstance(error, kind)), error.default_code)
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    if isinstance(error, drf.Throttled):
        headers["Retry-After"] = str(int(getattr(error, "wait", None) or 1) + 1)
    if isinstance(error, drf.ValidationError):
        return problem(400, code, InvalidInput.public_text(), details=error.detail)
    return problem(error.status_code, code, str(error.detail), headers=headers)


def page(status: int, code: str, detail: str) -> Callable[..., HttpResponse]:
    """A handler for Django's `handler4xx`/`handler5xx`: problem documents under /api/, plain text elsewhere."""

    def view(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
        if in_api(request.path_info):
            return problem(status, code, detail)
        return HttpResponse(f"{status} {HTTPStatus(status).phrase}\n", status=status, content_type="text/plain")

    return view
