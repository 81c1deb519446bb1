"""What Prometheus counts. The values of a label come from a small, closed set."""

from prometheus_client import Counter

CACHE_REQUESTS = Counter("slimy_cache_requests", "Reads through the cache and how they ended.", ["kind", "outcome"])
AUDIT_EVENTS = Counter("slimy_audit_events", "Events for the audit trail and whether they were accepted.", ["outcome"])
