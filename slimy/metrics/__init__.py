"""What Prometheus counts. The values of a label come from a small, closed set; docs/operations/monitoring.md lists all.

What is read from PostgreSQL when somebody asks is in slimy/metrics/ledger.py and slimy/metrics/database.py.
"""

from prometheus_client import Counter

from slimy.metrics import files
from slimy.metrics.batches import BatchHistogram

files.share()  # before the first metric is made

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
WAITS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)

_KIND = ["queue", "type"]
JOBS_ACCEPTED = Counter("slimy_jobs_accepted", "Jobs that came into the ledger.", _KIND)
JOBS_STARTED = Counter("slimy_jobs_started", "Attempts made, however they ended.", _KIND)
JOBS_COMPLETED = Counter("slimy_jobs_completed", "Jobs completed.", _KIND)
JOBS_FAILED = Counter("slimy_jobs_failed", "Jobs that failed for good, by the code of the error.", [*_KIND, "code"])
JOBS_RETRIED = Counter("slimy_jobs_retried", "Attempts that failed and will be made again.", [*_KIND, "code"])
JOBS_RESCUED = Counter("slimy_jobs_rescued", "Jobs put back from workers that died.", ["type"])
MESSAGES_DROPPED = Counter("slimy_job_messages_dropped", "Messages of Redis whose job couldn't be claimed.")
JOB_SECONDS = BatchHistogram(
    "slimy_job_seconds", "How long a job took, its share when done together.", _KIND, buckets=SECONDS
)
JOB_WAIT_SECONDS = BatchHistogram("slimy_job_wait_seconds", "From acceptance to the first claim.", _KIND, buckets=WAITS)

HTTP_REQUESTS = Counter("slimy_http_requests", "Requests answered.", ["method", "route", "status"])
HTTP_SECONDS = BatchHistogram(
    "slimy_http_request_seconds", "How long answers took.", ["method", "route"], buckets=SECONDS
)

STATEMENT_SECONDS = BatchHistogram(
    "slimy_database_statement_seconds", "How long statements took.", ["alias", "kind"], buckets=SECONDS
)
STATEMENT_ERRORS = Counter(
    "slimy_database_errors", "Statements that failed, by Django's class of the error.", ["alias", "kind", "error"]
)
SLOW_STATEMENTS = Counter("slimy_database_slow_statements", "Statements over SLOW_STATEMENT_MS.", ["alias", "kind"])
CONNECTIONS_OPENED = Counter("slimy_database_connections_opened", "Connections opened to PostgreSQL.", ["alias"])

CACHE_REQUESTS = Counter("slimy_cache_requests", "Reads through the cache and how they ended.", ["kind", "outcome"])
AUDIT_EVENTS = Counter("slimy_audit_events", "Events for the audit trail and whether they were accepted.", ["outcome"])

CLUB_SCANS = Counter("slimy_club_scans", "Scans of clubs brought into history, or not.", ["outcome"])
CLUB_MEMBERS = Counter("slimy_club_members_read", "Members that scans were read of.")
CLUB_METRICS = Counter("slimy_club_metrics_recorded", "Figures of members recorded.")
CLUB_ROW_ERRORS = Counter("slimy_club_row_errors", "Rows of scans that couldn't be used as they are.")
