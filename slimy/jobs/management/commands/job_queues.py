"""`manage.py job_queues`: which queues need a worker."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from slimy.jobs import registry


class Command(BaseCommand):
    """Prints one name a line, for scripts that start workers."""

    help = "Print the queues that have job types, one a line: each needs at least one `manage.py rqworker <queue>`."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the names."""
        for name in registry.queues():
            if name not in settings.QUEUES_WITHOUT_WORKER:
                self.stdout.write(name)
