"""The words that clubs choose from."""

from django.db import models


class MetricName(models.TextChoices):
    """What of a member is measured."""

    SIM = "sim", "Sim power"
    TOTAL = "total", "Total power"


class PageType(models.TextChoices):
    """What a scan shows."""

    SIM = "manage_members_sim", "Members with sim power"
    TOTAL = "manage_members_total", "Members with total power"
    MEMBERS = "manage_members", "Members"
    OTHER = "other", "Something else"


class ScanStatus(models.TextChoices):
    """What became of a scan."""

    INGESTED = "ingested", "Ingested"
    SKIPPED = "skipped", "Skipped"
