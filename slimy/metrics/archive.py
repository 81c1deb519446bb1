"""Adds up what dead processes counted, one file of each kind: nothing is lost, counted twice, or piles up."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict

from slimy.metrics import files

KINDS = ("counter", "histogram", "summary")
MANY = 8  # files of the dead that are left as they are


def tidy(most: int = MANY) -> None:
    """Archive the counts of dead processes when they left more than `most` files."""
    with files.locked(exclusive=True):
        dead = {name for name in map(files.process_of, files.counts()) if name != files.ARCHIVE and files.is_dead(name)}
        left = [path for path in files.counts() if files.process_of(path) in dead]
        if len(left) > most or any(_work(kind).exists() for kind in KINDS):
            for kind in KINDS:
                _archive(kind, [path for path in left if path.name.startswith(f"{kind}_")])
            for sign in files.folder().glob("*.alive"):
                if files.is_dead(sign.stem):
                    sign.unlink(missing_ok=True)


def _work(kind: str) -> Path:
    return files.folder() / f"adding-{kind}"


def _archive(kind: str, dead: Iterable[Path]) -> None:
    """Whoever does this may die at any step: the files are set aside first, and the archive, when it is there, says
    that they are in it.
    """
    archive, work = files.folder() / f"{kind}_{files.ARCHIVE}.db", _work(kind)
    if work.exists() and archive.exists():  # somebody died after the step that counts
        shutil.rmtree(work)
    work.mkdir(exist_ok=True)
    if archive.exists():
        archive.rename(work / archive.name)
    for path in dead:
        path.rename(work / path.name)
    sums = _sums(work.glob("*.db"))
    draft = work / "draft"
    draft.unlink(missing_ok=True)
    made = MmapedDict(str(draft))
    for key, value in sums.items():
        made.write_value(key, value, 0.0)
    made.close()
    draft.rename(archive)
    shutil.rmtree(work)


def _sums(paths: Iterable[Path]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for path in paths:
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path)):
            sums[key] += value
    return sums
