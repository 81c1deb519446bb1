"""The Database Processor as a Django app: at start it finds every app's `jobs.py`."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    """Jobs: ledger, registry, queue, executor, worker."""

    name = "slimy.jobs"
    verbose_name = "Database Processor"

    def ready(self) -> None:
        """Register all job types; a duplicate stops the start here."""
        autodiscover_modules("jobs")
