"""Metrics as a Django app: at start it clears up after processes that have ended."""

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    """Counts of all processes."""

    name = "slimy.metrics"
    label = "metrics"

    def ready(self) -> None:
        """Add up what dead processes left."""
        from slimy.metrics import archive

        archive.tidy()
