"""Clubs as a Django app."""

from django.apps import AppConfig


class ClubsConfig(AppConfig):
    """Members, scans, metrics, standings."""

    name = "clubs"
    verbose_name = "Clubs"
