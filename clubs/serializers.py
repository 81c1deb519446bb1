"""Answers about clubs on the wire. What their jobs take and answer is in payloads.py and results.py."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from clubs.choices import MetricName
from clubs.models import Latest
from slimy.snowflakes import SnowflakeField
from slimy.wire import ChoiceField, InstantField, TextField, WholeNumberField, WireSerializer, instant


class PowerNumber(WholeNumberField):
    """A power on its way out; null when it isn't known."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 0, "allow_null": True, **kwargs})


class PercentNumber(serializers.FloatField):
    """A change in percent to two decimals; null when it isn't known."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"allow_null": True, **kwargs})


class StandingDocument(WireSerializer):
    """Where a member stands, now and a week before."""

    member_key = TextField(help_text="The canonical name.")
    name = TextField(help_text="As it was last read.")
    sim_power = PowerNumber()
    sim_previous = PowerNumber()
    sim_change_percent = PercentNumber()
    total_power = PowerNumber()
    total_previous = PowerNumber()
    total_change_percent = PercentNumber()
    change_percent = PercentNumber(
        help_text="Of total power or, where that isn't known, of sim power; of movers, their metric's."
    )
    first_seen_at = InstantField()
    last_seen_at = InstantField(help_text="The newest observation of either power.")
    left_at = InstantField(allow_null=True, help_text="The first scan of the whole club without the member.")


class LatestAnswer(WireSerializer):
    """A page of the club's standings."""

    ok = serializers.BooleanField()
    guild_id = SnowflakeField()
    as_of = InstantField(allow_null=True, help_text="The newest observation of anybody.")
    members = StandingDocument(many=True)
    next_cursor = TextField(allow_null=True)


class MoversAnswer(WireSerializer):
    """Who rises and falls, who came and who left."""

    ok = serializers.BooleanField()
    guild_id = SnowflakeField()
    as_of = InstantField(allow_null=True, help_text="The newest observation of anybody.")
    metric = ChoiceField(choices=MetricName.values)
    gainers = StandingDocument(many=True, help_text="Most first.")
    losers = StandingDocument(many=True, help_text="Most first.")
    joined = StandingDocument(many=True, help_text="Newest first; not those with whom the history begins.")
    left = StandingDocument(many=True, help_text="Newest first.")


class PowerFigures(WireSerializer):
    """One power of all members of whom it is known."""

    sum = PowerNumber()
    average = PercentNumber()
    median = PercentNumber()
    previous_sum = PowerNumber(help_text="A week before, of those of whom that is known.")
    change_percent = PercentNumber(help_text="Of those of whom both is known, so that who joins is no growth.")


class WeekDocument(WireSerializer):
    """What the club had at the end of a week."""

    week = serializers.DateField(help_text="Its Monday.")
    total_power = PowerNumber()
    sim_power = PowerNumber()
    members = WholeNumberField(min_value=0)


class AggregatesAnswer(WireSerializer):
    """The club in figures."""

    ok = serializers.BooleanField()
    guild_id = SnowflakeField()
    as_of = InstantField(allow_null=True, help_text="The newest observation of anybody.")
    members = WholeNumberField(min_value=0)
    members_with_totals = WholeNumberField(min_value=0)
    members_with_sim = WholeNumberField(min_value=0)
    total_power = PowerFigures()
    sim_power = PowerFigures()
    trend = WeekDocument(many=True, help_text="Of the last 26 weeks those with a scan, oldest first.")


class ObservationDocument(WireSerializer):
    """What was observed of a member at one moment."""

    observed_at = InstantField()
    sim_power = PowerNumber()
    sim_corrected = serializers.BooleanField(help_text="Staff said so, whatever was read.")
    total_power = PowerNumber()
    total_corrected = serializers.BooleanField()


class HistoryAnswer(WireSerializer):
    """A page of a member's history, newest first."""

    ok = serializers.BooleanField()
    guild_id = SnowflakeField()
    member_key = TextField()
    name = TextField()
    history = ObservationDocument(many=True)
    next_cursor = TextField(allow_null=True)


def percent(change: Decimal | None) -> float | None:
    """A change as a JSON number."""
    return None if change is None else float(change)


def standing_document(row: Latest, metric: MetricName | None = None) -> dict[str, Any]:
    """A standing as JSON; with `metric`, `changePercent` is that one's change."""
    sim, total = percent(row.sim_change), percent(row.total_change)
    changes = {MetricName.SIM: sim, MetricName.TOTAL: total, None: sim if total is None else total}
    return {
        "memberKey": row.member.member_key,
        "name": row.member.display_name,
        "simPower": row.sim_power,
        "simPrevious": row.sim_previous,
        "simChangePercent": sim,
        "totalPower": row.total_power,
        "totalPrevious": row.total_previous,
        "totalChangePercent": total,
        "changePercent": changes[metric],
        "firstSeenAt": instant(row.member.first_seen_at),
        "lastSeenAt": instant(row.last_seen_at),
        "leftAt": instant(row.left_at),
    }


def observation_document(row: Any) -> dict[str, Any]:
    """An observation as JSON."""
    return {
        "observedAt": instant(row.observed_at),
        "simPower": row.sim_power,
        "simCorrected": row.sim_corrected,
        "totalPower": row.total_power,
        "totalCorrected": row.total_corrected,
    }
