"""Optimistic concurrency over HTTP: `If-Match` and `If-Unmodified-Since` refuse a lost update (RFC 9110, 13.1)."""

import re
from datetime import UTC, datetime, timedelta

from django.utils.http import parse_http_date_safe
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from slimy.exceptions import PreconditionFailed

_VERSION = re.compile(r'"(\d{1,9})"')

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The ETag that was read; 412 when it is not the current one."
)
IF_UNMODIFIED_SINCE = OpenApiParameter(
    "If-Unmodified-Since", str, OpenApiParameter.HEADER, description="When it was read; ignored beside If-Match."
)
ETAG = OpenApiParameter("ETag", str, OpenApiParameter.HEADER, description="The version, quoted.", response=[200])


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


def version_of(request: Request) -> int | None:
    """The version that `If-Match` asks for; None for no header or `*`. Raises PreconditionFailed if it isn't ours."""
    header = request.headers.get("If-Match", "*").strip()
    found = _VERSION.fullmatch(header)
    if header != "*" and not found:
        raise PreconditionFailed
    return int(found[1]) if found else None


def unmodified_since(request: Request) -> datetime | None:
    """The end of the second that `If-Unmodified-Since` names; None for no header, no date, or beside `If-Match`."""
    seconds = parse_http_date_safe(request.headers.get("If-Unmodified-Since", ""))
    if seconds is None or "If-Match" in request.headers:
        return None
    return datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=999)
