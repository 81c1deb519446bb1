"""The API as Django routes it, so that tests can ask whether they know all of it."""

import re
from functools import cache

from django.urls import URLPattern, get_resolver

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
NOT_OPERATIONS = {"head", "options", "trace"}


@cache
def operations():
    """{(method, path)} of everything below /api/, the path as docs/openapi.yaml writes it."""
    return {
        (method.upper(), PARAMETER.sub(r"{\1}", path))
        for path, view in _views(get_resolver().url_patterns, "/")
        if path.startswith("/api/")
        for method in set(view.http_method_names) - NOT_OPERATIONS
        if hasattr(view, method)
    }


def with_objects():
    """Those whose path names an object."""
    return {(method, path) for method, path in operations() if "{" in path}


def _views(patterns, before):
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            if hasattr(pattern.callback, "view_class"):
                yield path, pattern.callback.view_class
        else:
            yield from _views(pattern.url_patterns, path)
