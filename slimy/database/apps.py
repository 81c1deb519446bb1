"""The database's page as a Django app."""

from django.apps import AppConfig


class DatabaseConfig(AppConfig):
    """What PostgreSQL has to do, and how it is."""

    name = "slimy.database"
    label = "database"
