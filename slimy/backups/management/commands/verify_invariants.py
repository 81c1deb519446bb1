"""`manage.py verify_invariants`: asks the database in SQL whether everything is as it must be."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from slimy.backups.invariants import INVARIANTS, broken
from slimy.sql import query, tx


class Command(BaseCommand):
    """Asks all questions in one snapshot."""

    help = (
        "Check what must hold in the database at any moment: effects and completed jobs, counts, numbers, constraints, "
        "indexes. It only reads, all of it as of one moment, and exits 1 when something doesn't hold. On a large "
        "database it reads a lot: run it on a restored backup or a standby."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what doesn't hold, and how many things were asked. Raises CommandError when there is any."""
        with tx():
            query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            query("SET LOCAL statement_timeout = 0")
            found = broken()
        for name, rows in found.items():
            self.stderr.write(f"BROKEN: {name}: {', '.join(rows)}")
        if found:
            raise CommandError(f"{len(found)} of {len(INVARIANTS)} don't hold.")
        self.stdout.write(f"{len(INVARIANTS)} of {len(INVARIANTS)} hold.")
