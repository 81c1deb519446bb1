"""Who runs the system: Prometheus with its token, this machine itself, or staff."""

from __future__ import annotations

from hmac import compare_digest
from ipaddress import ip_address

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


def is_operator(request: HttpRequest) -> bool:
    """True for the bearer of METRICS_TOKEN and for staff; without a token set, also for this very machine."""
    return has_token(request) or (not settings.METRICS_TOKEN and is_local(request)) or is_staff(request)


def has_token(request: HttpRequest) -> bool:
    """`Authorization: Bearer <METRICS_TOKEN>`."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    wanted: str = settings.METRICS_TOKEN
    return bool(wanted) and kind.lower() == "bearer" and compare_digest(token.strip().encode(), wanted.encode())


def is_local(request: HttpRequest) -> bool:
    """True when the request comes from this machine and no proxy sent it: behind one, everybody seems to be here."""
    if settings.REST_FRAMEWORK["NUM_PROXIES"] or any(request.META.get(header) for header in FORWARDED):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return not request.META.get("REMOTE_ADDR")  # a Unix socket


def is_staff(request: HttpRequest) -> bool:
    """True for staff who signed in on a page; nobody is known while PostgreSQL is away."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    try:
        return request.user.is_active and bool(getattr(request.user, "is_staff", False))
    except DatabaseError:
        return False
