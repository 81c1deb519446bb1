"""What the clubs' jobs do."""

from django.db import transaction
from django.utils import timezone

from clubs.changes import club_changed, lock_club
from clubs.counts import count_scan
from clubs.ingest import Submission, ingest
from clubs.payloads import IngestClubMetrics, RecomputeClubLatest
from clubs.results import ClubLatestRecomputed, ClubMetricsIngested, ingested_document
from guilds.permissions import admins_guild, keeps_club
from slimy.jobs.models import Job
from slimy.jobs.registry import Data, job
from slimy.jobs.serializers import answers
from slimy.wire import instant


@job("ingest_club_metrics", payload=IngestClubMetrics, authorise=keeps_club, locks="guildId")
@answers(ClubMetricsIngested)
def ingest_club_metrics(job: Job, data: Data) -> Data:
    """Bring a scan of the club into its history; the scan gets the job's id."""
    owner = job.require_owner()
    sent = Submission(id=job.pk, accepted_at=job.created_at, submitted_by=owner.pk, **data)
    ingested = ingest(sent)
    transaction.on_commit(lambda: count_scan(ingested), robust=True)
    return ingested_document(ingested)


@job("recompute_club_latest", payload=RecomputeClubLatest, authorise=admins_guild, locks="guildId")
@answers(ClubLatestRecomputed)
def recompute_club_latest(job: Job, data: Data) -> Data:
    """Make the standings of the club anew from its history."""
    lock_club(data["guild_id"])
    members = club_changed(data["guild_id"])
    return {"guildId": data["guild_id"], "members": members, "recomputedAt": instant(timezone.now())}
