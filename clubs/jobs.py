"""What the clubs' jobs do."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from clubs.changes import club_changed, lock_club
from clubs.counts import count_scan
from clubs.exceptions import UploadNotFound
from clubs.ingest import Submission, ingest
from clubs.payloads import IngestClubMetrics, ReadClubScreenshots, RecomputeClubLatest
from clubs.results import ClubLatestRecomputed, ClubMetricsIngested, ingested_document
from clubs.review.compiling import compile_upload
from clubs.review.results import ClubScreenshotsRead, read_document
from clubs.screenshots.intake import refuse_unless_open
from clubs.screenshots.models import Upload
from clubs.screenshots.reading import SECONDS, Reading, pictures_to_read, read_pictures
from clubs.screenshots.retention import delete_old_pictures
from guilds.permissions import admins_guild, keeps_club
from slimy.accounts.models import User
from slimy.jobs.chores import chore
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


def may_read(owner: User, data: Data) -> None:
    """The role, an upload that is this guild's, and a guild that takes uploads."""
    keeps_club(owner, data)
    refuse_unless_open(data["guild_id"])
    if not Upload.objects.filter(pk=data["upload_id"], guild=data["guild_id"]).exists():
        raise UploadNotFound


def look(job: Job, data: Data) -> Reading:
    """Which pictures are to be read."""
    Upload.objects.filter(pk=data["upload_id"]).update(job=job.pk)
    return pictures_to_read(data["guild_id"], data["upload_id"])


def see(job: Job, data: Data, inputs: Reading, progress: Callable[..., None]) -> None:
    """Read them, outside of any transaction."""
    if inputs.unread:
        read_pictures(inputs, progress)


@job(
    "read_club_screenshots",
    payload=ReadClubScreenshots,
    queue="ocr",
    authorise=may_read,
    locks="guildId",
    seconds=SECONDS,
    inputs=look,
    outside=see,
)
@answers(ClubScreenshotsRead)
def read_club_screenshots(job: Job, data: Data, answer: Any) -> Data:
    """Make findings of what was read; the safe ones become a scan with the job's id. Read again, nothing changes."""
    upload = Upload.objects.select_for_update(no_key=True).get(pk=data["upload_id"])
    fresh = upload.read_at is None
    if fresh:
        compile_upload(upload, job.require_owner(), job.pk)
    return read_document(upload, unchanged=not fresh)


chore(delete_old_pictures)
