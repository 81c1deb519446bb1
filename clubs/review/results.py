"""What `read_club_screenshots` answers."""

from typing import Any

from django.db.models import Count, Q
from rest_framework import serializers

from clubs.review.models import FindingState
from clubs.screenshots.models import Upload
from slimy.snowflakes import SnowflakeField
from slimy.wire import ChoiceField, IdField, InstantField, TextField, WholeNumberField, WireSerializer, instant

READ, UNCHANGED = "read", "unchanged"
MOST_LISTED = 100


class Doubt(WireSerializer):
    """Why somebody has to look."""

    code = TextField()
    message = TextField()


class DoubtfulRow(WireSerializer):
    """A row that waits for a person."""

    index = WholeNumberField(min_value=0)
    name = TextField()
    picture = WholeNumberField(min_value=1, allow_null=True, help_text="Its number in the upload.")
    reasons = Doubt(many=True)


class ClubScreenshotsRead(WireSerializer):
    """Result of `read_club_screenshots`."""

    guild_id = SnowflakeField()
    upload_id = IdField()
    status = ChoiceField(choices=[READ, UNCHANGED], help_text="unchanged: it had been read before.")
    observed_at = InstantField()
    pictures = WholeNumberField(min_value=0)
    members_shown = WholeNumberField(min_value=0, allow_null=True, help_text="The N of N/N on the screen.")
    rows = WholeNumberField(min_value=0, help_text="Members that were found.")
    accepted = WholeNumberField(min_value=0, help_text="In the standings.")
    open = WholeNumberField(min_value=0, help_text="Waiting for a person.")
    complete = serializers.BooleanField(help_text="It shows the whole club, as far as was read.")
    doubts = Doubt(many=True, help_text="About the upload as a whole.")
    doubtful = DoubtfulRow(many=True, help_text=f"The first {MOST_LISTED}.")


def read_document(upload: Upload, *, unchanged: bool) -> dict[str, Any]:
    """`ClubScreenshotsRead` as of now."""
    counts = upload.findings.aggregate(
        rows=Count("pk"),
        accepted=Count("pk", filter=Q(state=FindingState.ACCEPTED)),
        open=Count("pk", filter=Q(state=FindingState.OPEN)),
    )
    waiting = upload.findings.filter(state=FindingState.OPEN).exclude(reasons=[]).select_related("screenshot")
    return {
        "guildId": upload.guild_id,
        "uploadId": str(upload.pk),
        "status": UNCHANGED if unchanged else READ,
        "observedAt": instant(upload.observed_at),
        "pictures": upload.screenshots.count(),
        "membersShown": upload.members_shown,
        **counts,
        "complete": upload.whole,
        "doubts": upload.doubts,
        "doubtful": [
            {
                "index": finding.index,
                "name": finding.name,
                "picture": finding.screenshot.number if finding.screenshot else None,
                "reasons": finding.reasons,
            }
            for finding in waiting.order_by("index")[:MOST_LISTED]
        ],
    }
