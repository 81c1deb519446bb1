"""`manage.py prune_jobs`: now what workers do by themselves over time."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from slimy.audit.record import record
from slimy.jobs.pruning import BATCH, Pruned, prunable, prune


class Command(BaseCommand):
    """Deletes old finished jobs, or says how many it would delete."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        jobs = settings.JOBS
        self.help = (
            f"Delete finished jobs older than {jobs['KEEP_DAYS']} days (JOBS_KEEP_DAYS). The newest "
            f"{jobs['KEEP_COMPLETED']} completed (JOBS_KEEP_COMPLETED) and {jobs['KEEP_FAILED']} failed jobs "
            "(JOBS_KEEP_FAILED) of each queue stay, whatever their age; cancelled ones go by age alone. Workers do the "
            "same about once a minute, so this is for those who can't wait: before a backup, or after a change of the "
            "settings. It deletes 1000 at a time and may be interrupted. While a worker prunes it waits its turn."
        )

    def add_arguments(self, parser: CommandParser) -> None:
        """Only --dry-run."""
        parser.add_argument("--dry-run", action="store_true", help="Delete nothing, say how many jobs would go.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line for each queue and status, then the sum."""
        waiting = prunable()
        pruned = waiting if options["dry_run"] else self._prune(waiting)
        for (queue, status), count in sorted(pruned.items()):
            self.stdout.write(f"{queue:10} {status:10} {count:8}")
        self.stdout.write(f"{pruned.total()} jobs {'would be ' if options['dry_run'] else ''}deleted.")

    def _prune(self, waiting: Pruned) -> Pruned:
        """Until nothing is left; a worker that prunes at the same moment takes its share."""
        total = Pruned()
        while waiting:
            pruned = prune()
            total += pruned
            if pruned.total() < BATCH:
                waiting = prunable()
        if total:
            details = {f"{queue} {status}": count for (queue, status), count in sorted(total.items())}
            record("jobs.prune", actor=None, resource="jobs", details=details | {"by": "manage.py prune_jobs"})
        return total
