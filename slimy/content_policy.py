"""What browsers may load, run and use on our pages: Content-Security-Policy and Permissions-Policy.

Two concessions, both to what others wrote. The admin's `'unsafe-eval'`: unfold's menus are Alpine.js expressions in
attributes, which Alpine compiles with `new Function`; no script comes from a page itself or from another host. And
`'unsafe-inline'` for styles, of which unfold writes the theme's colours into the page; styles run no code.
Inline scripts are let through on RQ's own pages only, which superusers see.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_CLOSED = "default-src 'none'; base-uri 'none'; form-action {form}; frame-ancestors 'none'"
_PAGE = (
    _CLOSED.format(form="'self'") + "; script-src 'self'{script}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'"
)
NOTHING = _CLOSED.format(form="'none'")
ADMIN = _PAGE.format(script=" 'unsafe-eval'")
RQ = _PAGE.format(script=" 'unsafe-eval' 'unsafe-inline'")
DOCS = _PAGE.format(script="")
BY_PREFIX = (("/admin/rq/", RQ), ("/admin/", ADMIN), ("/api/docs", DOCS))

PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "screen-wake-lock",
        "usb",
    )
)


def policy_of(path: str) -> str:
    """The Content-Security-Policy of a path; outside the pages nothing may be loaded."""
    return next((policy for prefix, policy in BY_PREFIX if path.startswith(prefix)), NOTHING)


class ContentPolicyMiddleware:
    """Adds both headers to every answer; a view that sets its own keeps it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy_of(request.path_info))
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response
