"""What a guild's settings are when nobody has set them; two come from the environment."""

from typing import Any

from django.conf import settings
from django.db import models


class ViewMode(models.TextChoices):
    """What the statistics show."""

    BASELINE = "baseline"
    LATEST = "latest"


SCALARS = (
    "sheet_id",
    "sheet_tab",
    "view_mode",
    "allow_public",
    "screenshot_channel_id",
    "uploads_enabled",
    "audit_content",
    "notes",
)
NESTED = ("personality", "overrides")
MAX_OVERRIDES = 100  # of categories, and of channels


def defaults() -> dict[str, Any]:
    """Every setting with its default. STATS_SHEET_ID and STATS_BASELINE_TITLE override two of them."""
    return {
        "sheet_id": settings.GUILDS["SHEET_ID"] or None,
        "sheet_tab": settings.GUILDS["SHEET_TAB"],
        "view_mode": ViewMode.BASELINE.value,
        "allow_public": False,
        "screenshot_channel_id": None,
        "uploads_enabled": True,
        "audit_content": False,
        "notes": "",
        "personality": {"name": "Slimy", "tone": "friendly", "instructions": "", "emoji": True},
        "overrides": {"category": {}, "channel": {}},
    }
