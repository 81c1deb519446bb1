"""Backups as a Django app."""

from django.apps import AppConfig


class BackupsConfig(AppConfig):
    """`manage.py backup`, `rehearse_restore` and `verify_invariants`."""

    name = "slimy.backups"
    label = "backups"

    def ready(self) -> None:
        """Find what must hold in the tables of each app."""
        from slimy.backups.invariants import INVARIANTS

        INVARIANTS.discover()
