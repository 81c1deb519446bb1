"""`manage.py backup`: one file with everything that PostgreSQL holds."""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from slimy.backups.programs import run

PATTERN = "slimy-*.dump"


def dump(folder: Path, programs: str | None) -> Path:
    """Write a new backup into a folder; returns its path. What isn't complete has another name."""
    path = folder / f"slimy-{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z.dump"
    draft = path.with_suffix(".part")
    draft.touch(mode=0o600)
    try:
        run("pg_dump", "--format=custom", "--no-owner", "--lock-wait-timeout=60s", f"--file={draft}", folder=programs)
        run("pg_restore", "--list", draft, folder=programs)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


class Command(BaseCommand):
    """Dumps the database and forgets the oldest dumps."""

    help = (
        "Write a backup of the whole database into a folder, with pg_dump: consistent as of one moment, while "
        "everything works on. The file is for its owner's eyes only; take it to another machine. Redis needs no "
        "backup. A backup that was never restored is a hope: `manage.py rehearse_restore <file>`. pg_dump must not "
        "be older than the server."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`folder`, `--keep`, `--programs`."""
        parser.add_argument("folder", type=Path, help="an existing folder")
        parser.add_argument("--keep", type=int, default=0, metavar="N", help="delete all but the newest N; 0: none")
        parser.add_argument("--programs", metavar="FOLDER", help="where pg_dump is, if not in PATH")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was written and what was deleted."""
        folder, keep = options["folder"], options["keep"]
        if not folder.is_dir() or keep < 0:
            raise CommandError(f"{folder} is no folder." if keep >= 0 else "--keep can't be negative.")
        began = time.monotonic()
        path = dump(folder, options["programs"])
        self.stdout.write(f"{path}  {path.stat().st_size} bytes in {time.monotonic() - began:.1f} s")
        for old in sorted(folder.glob(PATTERN))[:-keep] if keep else ():
            old.unlink()
            self.stdout.write(f"{old}  deleted")
