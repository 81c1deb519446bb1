"""`manage.py ocr_accuracy <folder>`: how well labelled screenshots are read."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clubs.exceptions import OcrNotInstalled, ReaderFailed
from clubs.screenshots.accuracy import Degrading, Merged, Score, measure
from clubs.screenshots.files import BadPicture

COLUMNS = ("rows", "whole", "names", "powers", "last_seen", "missed", "invented", "unflagged")


class Command(BaseCommand):
    """Reads each picture as an upload is read, and compares with labels.json. Touches no database."""

    help = "Measure how well the labelled screenshots of a folder (labels.json) are read."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder, and what is done to the pictures before."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--width", type=int, help="make the pictures so many pixels wide before")
        parser.add_argument("--quality", type=int, help="compress them as JPEG of this quality (1-95) before")
        parser.add_argument(
            "--known", action="store_true", help="the club's members are known by name, as from a scan before"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure and print. Raises CommandError."""
        if not settings.OCR["INSTALLED"]:
            raise CommandError(OcrNotInstalled.public_text())
        degrading = Degrading(options["width"], options["quality"])
        try:
            scores, together = measure(options["folder"], degrading, known=options["known"])
        except (OSError, ValueError, KeyError, BadPicture, ReaderFailed) as error:
            raise CommandError(f"{type(error).__name__}: {error}") from error
        whole = sum(scores.values(), Score())
        if options["json"]:
            said = {"pictures": {name: asdict(score) for name, score in scores.items()}, "merged": asdict(together)}
            self.stdout.write(json.dumps({**said, "all": asdict(whole)}))
        else:
            self._table(scores, whole, together)

    def _table(self, scores: dict[str, Score], whole: Score, together: Merged) -> None:
        wide = max(len("all"), *map(len, scores)) if scores else 3
        self.stdout.write(" ".join(["picture".ljust(wide), *(name.rjust(9) for name in COLUMNS), "  seconds"]))
        for name, score in [*scores.items(), ("all", whole)]:
            figures = (str(getattr(score, column)).rjust(9) for column in COLUMNS)
            self.stdout.write(" ".join([name.ljust(wide), *figures, f"{score.seconds:9.1f}"]))
        for mistake in whole.mistakes:
            self.stdout.write(f"  {mistake}")
        count = "as many as the screen says" if together.counted else "not as many as the screen says"
        self.stdout.write(
            f"merged: {together.exact} of {together.members} members exact, {together.invented} invented, {count}; "
            f"{whole.seconds / max(1, len(scores)):.1f} s a picture"
        )
