"""Counts every answer by route and status."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from slimy.metrics import HTTP_REQUESTS, HTTP_SECONDS
from slimy.scope import route_of

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class MetricsMiddleware:
    """By route: paths would make a label of every id, and let anybody make more."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        method = request.method if request.method in METHODS else "OTHER"
        route = route_of(request)
        HTTP_REQUESTS.labels(method, route, response.status_code).inc()
        HTTP_SECONDS.labels(method, route).observe(time.perf_counter() - began)
        return response
