"""Members of a club, what was read of them when, and where they stand.

A guild has one club. History is in `Metric`; `Latest` is derived from it (clubs/standings.py) and can be made anew at
any time.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from clubs.choices import MetricName, PageType, ScanStatus
from clubs.club import Club  # noqa: F401  one of our models, which Django looks for here
from clubs.fields import MOST_POWER, ChangeField, PowerField
from clubs.review.models import Finding  # noqa: F401  here as well
from clubs.screenshots.models import Screenshot, Upload  # noqa: F401
from guilds.models import Guild
from slimy.ids import new_id

NAME_LENGTH = 200


class Member(models.Model):
    """Somebody in a club. `member_key` is the canonical name (clubs/names.py); the display name may change."""

    guild = models.ForeignKey(Guild, models.CASCADE, db_index=False, related_name="club_members")
    member_key = models.CharField(max_length=100)
    folded_key = models.CharField(max_length=100, help_text="The key with look-alike characters made one.")
    display_name = models.CharField(max_length=NAME_LENGTH)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        permissions = (("merge_member", "Can merge members"),)
        constraints = (
            models.UniqueConstraint(name="member_key_once", fields=("guild", "member_key")),
            models.CheckConstraint(name="member_key_given", condition=~Q(member_key="")),
            models.CheckConstraint(name="member_seen_in_order", condition=Q(first_seen_at__lte=F("last_seen_at"))),
        )

    def __str__(self) -> str:
        return self.display_name


class MemberAlias(models.Model):
    """Another key under which a member was read, so that the next reading finds the same member."""

    guild = models.ForeignKey(Guild, models.CASCADE, db_index=False, related_name="+")
    member = models.ForeignKey(Member, models.CASCADE, related_name="aliases")
    alias_key = models.CharField(max_length=100)
    name = models.CharField(max_length=NAME_LENGTH, help_text="As it was read.")
    source = models.CharField(
        max_length=16, choices=[("ocr", "Read so"), ("staff", "Said by staff"), ("merge", "Merged")], default="ocr"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = "member aliases"
        constraints = (models.UniqueConstraint(name="alias_once", fields=("guild", "alias_key")),)

    def __str__(self) -> str:
        return self.name


class Scan(models.Model):
    """One ingestion. Its id is the id of the job that did it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    guild = models.ForeignKey(Guild, models.CASCADE, db_index=False, related_name="scans")
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    status = models.CharField(max_length=16, choices=ScanStatus)
    page_type = models.CharField(max_length=32, choices=PageType)
    source = models.CharField(max_length=16, help_text="What was sent: rows, boxes, text or pages.")
    observed_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    complete = models.BooleanField(default=False, help_text="It shows the whole club, so who isn't on it has left.")
    members_shown = models.IntegerField(null=True, help_text="The N of N/N on the screen.")
    rows_read = models.IntegerField(default=0)
    members_processed = models.IntegerField(default=0)
    metrics_recorded = models.IntegerField(default=0)
    new_members = models.IntegerField(default=0)
    rows = models.JSONField(default=list, help_text="Each row as read, with the member it was taken for and how.")
    errors = models.JSONField(
        default=list, help_text="What could not be used and why; or, where it was recorded, what is doubtful."
    )
    raw = models.JSONField(help_text="The OCR result as it came.")
    fingerprint = models.CharField(max_length=64, help_text="Hash of what came, so that the same scan counts once.")

    class Meta:
        constraints = (models.UniqueConstraint(name="scan_once", fields=("guild", "fingerprint")),)
        indexes = (
            models.Index(name="scan_of_guild", fields=("guild", "-observed_at")),
            models.Index(name="scan_complete", fields=("guild", "observed_at"), condition=Q(complete=True)),
        )

    def __str__(self) -> str:
        return f"{self.get_page_type_display()}, {self.observed_at:%Y-%m-%d %H:%M}"


class Metric(models.Model):
    """What one scan said of one member: a row of the club's history."""

    guild = models.ForeignKey(Guild, models.CASCADE, db_index=False, related_name="+")
    member = models.ForeignKey(Member, models.CASCADE, db_index=False, related_name="metrics")
    scan = models.ForeignKey(Scan, models.SET_NULL, null=True, related_name="metrics")
    name = models.CharField(max_length=NAME_LENGTH, help_text="As it was read.")
    sim_power = PowerField(null=True, blank=True)
    total_power = PowerField(null=True, blank=True)
    last_seen = models.CharField(max_length=40, blank=True, help_text="What the game said, e.g. 5h ago.")
    observed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(name="metric_once", fields=("guild", "member", "observed_at")),
            models.CheckConstraint(
                name="metric_sim_in_range", condition=Q(sim_power=None) | Q(sim_power__range=(0, MOST_POWER))
            ),
            models.CheckConstraint(
                name="metric_total_in_range", condition=Q(total_power=None) | Q(total_power__range=(0, MOST_POWER))
            ),
            models.CheckConstraint(name="metric_says_something", condition=~Q(sim_power=None, total_power=None)),
        )
        indexes = (
            models.Index(name="metric_of_member", fields=("member", "-observed_at")),
            models.Index(name="metric_of_guild", fields=("guild", "-observed_at")),
        )

    def __str__(self) -> str:
        return f"{self.name}, {self.observed_at:%Y-%m-%d}"


class Correction(models.Model):
    """What staff say a member's metric was in a week (its Monday, UTC); it wins over OCR until it is removed."""

    guild = models.ForeignKey(Guild, models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, models.CASCADE, db_index=False, related_name="corrections")
    metric = models.CharField(max_length=8, choices=MetricName)
    week = models.DateField(help_text="Its Monday.")
    value = PowerField()
    reason = models.CharField(max_length=500)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="correction_once", fields=("member", "metric", "week"), condition=Q(removed_at=None)
            ),
            models.CheckConstraint(name="correction_week_is_monday", condition=Q(week__iso_week_day=1)),
            models.CheckConstraint(name="correction_in_range", condition=Q(value__range=(0, MOST_POWER))),
            models.CheckConstraint(name="correction_metric_known", condition=Q(metric__in=MetricName.values)),
        )

    def __str__(self) -> str:
        return f"{self.get_metric_display()} of {self.member}, week of {self.week}"


class Observation(models.Model):
    """History as it counts: metrics with corrections applied. A view; a correction of a week without a metric stands
    at the beginning of its week.
    """

    pk = models.CompositePrimaryKey("member", "metric", "observed_at")
    guild = models.ForeignKey(Guild, models.DO_NOTHING, related_name="+")
    member = models.ForeignKey(Member, models.DO_NOTHING, related_name="observations")
    metric = models.CharField(max_length=8, choices=MetricName)
    observed_at = models.DateTimeField()
    value = PowerField()
    corrected = models.BooleanField()

    class Meta:
        managed = False
        db_table = "clubs_observation"

    def __str__(self) -> str:
        return f"{self.metric} {self.value}"


class Latest(models.Model):
    """Where a member stands: the newest of each metric, what it was a week before, and the change in percent."""

    member = models.OneToOneField(Member, models.CASCADE, primary_key=True, related_name="latest")
    guild = models.ForeignKey(Guild, models.CASCADE, db_index=False, related_name="standings")
    sim_power = PowerField(null=True, blank=True)
    sim_observed_at = models.DateTimeField(null=True)
    sim_previous = PowerField(null=True, blank=True)
    sim_change = ChangeField(null=True)
    total_power = PowerField(null=True, blank=True)
    total_observed_at = models.DateTimeField(null=True)
    total_previous = PowerField(null=True, blank=True)
    total_change = ChangeField(null=True)
    last_seen_at = models.DateTimeField(help_text="The newest observation of either metric.")
    left_at = models.DateTimeField(null=True, help_text="The first complete scan that didn't show the member any more.")

    class Meta:
        verbose_name_plural = "standings"
        indexes = (models.Index(name="latest_by_total", fields=("guild", "-total_power")),)

    def __str__(self) -> str:
        return f"Standing of {self.member}"
