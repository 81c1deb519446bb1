"""`manage.py prune_audit`: the only way in which events are deleted."""

import re
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from slimy.audit.pruning import prunable, prune
from slimy.audit.record import record

DAYS = {"d": 1, "w": 7, "y": 365}


def age(text: str) -> timedelta:
    """`90d`, `12w`, `2y`. Raises ArgumentTypeError."""
    match = re.fullmatch(r"([1-9]\d{0,4})([dwy])", text)
    if not match:
        raise ArgumentTypeError(f"{text!r} must look like 90d, 12w or 2y")
    return timedelta(days=min(int(match[1]) * DAYS[match[2]], 365 * 200))


class Command(BaseCommand):
    """Deletes old events, or says how many it would delete."""

    help = (
        "Delete events of the audit trail that are older than so long. It deletes 1000 at a time and may be "
        "interrupted. That it was done is an event, too."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--older-than`, `--except`, `--dry-run`."""
        parser.add_argument("--older-than", type=age, required=True, metavar="AGE", help="e.g. 90d, 12w, 2y")
        parser.add_argument(
            "--except",
            action="append",
            default=[],
            dest="kept",
            metavar="ACTION",
            help="keep the events of this action, with * for anything, e.g. token.*; may be given more than once",
        )
        parser.add_argument("--dry-run", action="store_true", help="delete nothing, say how many events would go")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line for each action, then the sum."""
        before, kept = timezone.now() - options["older_than"], options["kept"]
        if options["dry_run"]:
            gone = prunable(before, kept)
        else:
            gone = sum(prune(before, kept), Counter())
            if gone:
                details = {"older_than": before.isoformat(), "events": gone.total(), "except": kept}
                record("audit.prune", actor=None, resource="audit", details={"by": "manage.py prune_audit", **details})
        for action, count in sorted(gone.items()):
            self.stdout.write(f"{count:10}  {action}")
        self.stdout.write(f"{gone.total()} events {'would be ' if options['dry_run'] else ''}deleted.")
