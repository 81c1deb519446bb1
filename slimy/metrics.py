"""What Prometheus counts. The values of a label come from a small, closed set."""

from prometheus_client import Counter

CACHE_REQUESTS = Counter("slimy_cache_requests", "Reads through the cache and how they ended.", ["kind", "outcome"])
