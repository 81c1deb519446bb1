"""Findings: what the pictures of an upload say of one member, and what was decided about it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from clubs.fields import MOST_POWER, PowerField
from clubs.screenshots.models import Screenshot, Upload

NAME_LENGTH = 200


class FindingState(models.TextChoices):
    """What was decided."""

    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Accepted"
    SKIPPED = "skipped", "Skipped"


class Finding(models.Model):
    """One row. Without reasons it is safe; `version` changes with every decision, so that two people don't cross."""

    upload = models.ForeignKey(Upload, models.CASCADE, db_index=False, related_name="findings")
    index = models.IntegerField(help_text="Its place among all rows that were read.")
    screenshot = models.ForeignKey(Screenshot, models.SET_NULL, null=True, related_name="findings")
    place = models.JSONField(null=True, help_text="On the picture: left, top, right, bottom, in pixels.")
    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    sim_power = PowerField(null=True, blank=True)
    total_power = PowerField(null=True, blank=True)
    last_seen = models.CharField(max_length=40, blank=True)
    confidence = models.FloatField(null=True)
    power_read = models.CharField(max_length=64, blank=True, help_text="As it was read, where it is no power.")
    reasons = models.JSONField(default=list, help_text="Why somebody has to look at it: code and message of each.")
    member = models.ForeignKey("clubs.Member", models.SET_NULL, null=True, related_name="+")
    how = models.CharField(max_length=16, blank=True, help_text="How the member was found.")
    state = models.CharField(max_length=16, choices=FindingState, default=FindingState.OPEN)
    version = models.IntegerField(default=0)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "clubs"
        constraints = (
            models.UniqueConstraint(name="finding_once", fields=("upload", "index")),
            models.CheckConstraint(name="finding_state_known", condition=Q(state__in=FindingState.values)),
            models.CheckConstraint(
                name="finding_accepted_is_whole",
                condition=~Q(state=FindingState.ACCEPTED) | (~Q(name="") & ~Q(sim_power=None, total_power=None)),
            ),
            models.CheckConstraint(
                name="finding_powers_in_range",
                condition=(Q(sim_power=None) | Q(sim_power__range=(0, MOST_POWER)))
                & (Q(total_power=None) | Q(total_power__range=(0, MOST_POWER))),
            ),
        )

    def __str__(self) -> str:
        return self.name or f"Row {self.index}"

    @property
    def is_safe(self) -> bool:
        """Whether nothing about it is doubtful."""
        return not self.reasons
