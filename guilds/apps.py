"""Guilds as a Django app."""

from django.apps import AppConfig


class GuildsConfig(AppConfig):
    """Guilds, memberships and settings."""

    name = "guilds"
    verbose_name = "Guilds"

    def ready(self) -> None:
        """Listen to changes, and find the parts that other apps add to a guild's analytics."""
        from guilds import invalidation  # noqa: F401
        from guilds.analytics import ANALYTICS

        ANALYTICS.discover()
