"""What Prometheus learns of scans."""

from clubs.ingest import Ingested
from slimy.metrics import CLUB_MEMBERS, CLUB_METRICS, CLUB_ROW_ERRORS, CLUB_SCANS


def count_scan(ingested: Ingested) -> None:
    """A scan is in history, was there already, or was of another page."""
    scan = ingested.scan
    CLUB_SCANS.labels("repeated" if ingested.repeated else scan.status).inc()
    if not ingested.repeated:
        CLUB_MEMBERS.inc(scan.members_processed)
        CLUB_METRICS.inc(scan.metrics_recorded)
        CLUB_ROW_ERRORS.inc(len(scan.errors))
