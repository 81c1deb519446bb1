"""`/metrics`: the counts of all processes on this machine, and what the ledger and PostgreSQL say now."""

from __future__ import annotations

import platform
from collections.abc import Iterator

import django
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import InfoMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from slimy.metrics import archive, files
from slimy.metrics.database import DatabaseCollector
from slimy.metrics.ledger import LedgerCollector
from slimy.operators import is_operator

VERSION = "1.0.0"


class CountsCollector(Collector):
    """The counts of all processes, the dead included."""

    def collect(self) -> Iterator[Metric]:
        """What MultiProcessCollector makes of the files, none of which comes or goes meanwhile."""
        archive.tidy()
        with files.locked(exclusive=False):
            yield from MultiProcessCollector.merge([str(path) for path in files.counts()])


class BuildCollector(Collector):
    """Which version runs, on what."""

    def collect(self) -> Iterator[Metric]:
        """One gauge with the value 1."""
        facts = {"version": VERSION, "python": platform.python_version(), "django": django.get_version()}
        yield InfoMetricFamily("slimy_build", "Versions.", value=facts)


def registry() -> CollectorRegistry:
    """All that `/metrics` shows."""
    made = CollectorRegistry(auto_describe=False)
    for collector in COLLECTORS:
        made.register(collector)
    return made


COLLECTORS: tuple[Collector, ...] = (CountsCollector(), LedgerCollector(), DatabaseCollector(), BuildCollector())
_registry = registry()


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """In the format that Prometheus asked for; for operators (slimy/operators.py)."""
    if not is_operator(request):
        return HttpResponse("403 Forbidden\n", status=403, content_type="text/plain")
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(_registry), content_type=content_type, headers={"Cache-Control": "no-store"})
