"""What PostgreSQL says of itself when somebody asks: its connections, and how full it is."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import Error as DatabaseError
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from slimy.sql import one, query

_CONNECTIONS = """
SELECT coalesce(state, 'other') AS state, count(*) AS count FROM pg_stat_activity
 WHERE datname = current_database() AND backend_type = 'client backend' GROUP BY 1"""
_SERVER = """
SELECT current_setting('max_connections')::int AS most, pg_database_size(current_database()) AS bytes,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used"""


class DatabaseCollector(Collector):
    """Connections of all our processes, wherever they run; nothing when PostgreSQL doesn't answer."""

    def collect(self) -> Iterator[Metric]:
        """The gauges."""
        states = GaugeMetricFamily(
            "slimy_database_connections", "Connections to our database, by what they do.", labels=["state"]
        )
        most = GaugeMetricFamily("slimy_database_connections_limit", "Connections that the server takes.")
        used = GaugeMetricFamily(
            "slimy_database_connections_used", "Connections that the server has, of all databases."
        )
        size = GaugeMetricFamily("slimy_database_size_bytes", "Size of our database on disk.")
        try:
            rows, server = query(_CONNECTIONS), one(_SERVER)
        except DatabaseError:
            rows, server = [], None
        for row in rows:
            states.add_metric([row["state"]], row["count"])
        if server:
            for family, name in ((most, "most"), (used, "used"), (size, "bytes")):
                family.add_metric([], server[name])
        yield from (states, most, used, size)
