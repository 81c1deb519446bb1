"""What the clubs' jobs answer."""

from typing import Any

from rest_framework import serializers

from clubs.choices import PageType, ScanStatus
from clubs.ingest import Ingested
from slimy.snowflakes import SnowflakeField
from slimy.wire import ChoiceField, IdField, InstantField, TextField, WholeNumberField, WireSerializer, instant

UNCHANGED = "unchanged"
MOST_LISTED = 100


class RowProblem(WireSerializer):
    """What is wrong with a row, or doubtful."""

    index = WholeNumberField(min_value=0, allow_null=True, help_text="Its place among all rows that were sent.")
    name = TextField(allow_null=True)
    code = TextField()
    message = TextField()


class ClubMetricsIngested(WireSerializer):
    """Result of `ingest_club_metrics`."""

    guild_id = SnowflakeField()
    scan_id = IdField(help_text="Of the first, where the same scan came before.")
    status = ChoiceField(
        choices=[*ScanStatus.values, UNCHANGED], help_text="unchanged: the same scan was ingested before."
    )
    reason = TextField(required=False, help_text="Why it was skipped.")
    page_type = ChoiceField(choices=PageType.values)
    observed_at = InstantField()
    complete = serializers.BooleanField(help_text="It shows the whole club.")
    members_processed = WholeNumberField(min_value=0)
    metrics_recorded = WholeNumberField(min_value=0, help_text="Members of whom something new was recorded.")
    new_members = WholeNumberField(min_value=0)
    errors = RowProblem(  # type: ignore[assignment]
        many=True, help_text=f"What could not be used; the first {MOST_LISTED}."
    )
    error_count = WholeNumberField(min_value=0)
    flagged = RowProblem(many=True, help_text=f"What was used and is doubtful; the first {MOST_LISTED}.")
    flagged_count = WholeNumberField(min_value=0)


class ClubLatestRecomputed(WireSerializer):
    """Result of `recompute_club_latest`."""

    guild_id = SnowflakeField()
    members = WholeNumberField(min_value=0, help_text="Who have a standing.")
    recomputed_at = InstantField()


def ingested_document(outcome: Ingested) -> dict[str, Any]:
    """`ClubMetricsIngested`; what came before is told as it was then."""
    scan = outcome.scan
    skipped = scan.status == ScanStatus.SKIPPED
    errors = [_problem(error) for error in scan.errors if not error["recorded"]]
    flagged = [_problem(error) for error in scan.errors if error["recorded"]]
    return {
        "guildId": scan.guild_id,
        "scanId": str(scan.pk),
        "status": UNCHANGED if outcome.repeated and not skipped else str(scan.status),
        **({"reason": errors[0]["message"]} if skipped else {}),
        "pageType": str(scan.page_type),
        "observedAt": instant(scan.observed_at),
        "complete": scan.complete,
        "membersProcessed": scan.members_processed,
        "metricsRecorded": scan.metrics_recorded,
        "newMembers": scan.new_members,
        "errors": errors[:MOST_LISTED],
        "errorCount": len(errors),
        "flagged": flagged[:MOST_LISTED],
        "flaggedCount": len(flagged),
    }


def _problem(error: dict[str, Any]) -> dict[str, Any]:
    return {name: error[name] for name in ("index", "name", "code", "message")}
