"""Clubs as a Django app."""

from django.apps import AppConfig


class ClubsConfig(AppConfig):
    """Members, scans, metrics, standings."""

    name = "clubs"
    verbose_name = "Clubs"

    def ready(self) -> None:
        """Listen to changes."""
        from clubs import invalidation  # noqa: F401
