"""`python -m clubs.screenshots.child`: reads pictures in a process of its own, which may die without harm.

Takes frames on its standard input (8 bytes of length, then a picture), answers a line of JSON to each, and ends with
its input. Knows no settings, no database and no secrets. Arguments: the engine's dotted path, memory in MiB.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
from dataclasses import asdict
from typing import IO

NICE = 19  # OCR gives way to whoever answers people
LENGTH = 8  # bytes


def main(engine_path: str, memory_mb: str) -> None:
    """Read until the input ends."""
    answers = os.fdopen(os.dup(1), "w")  # libraries may print: not among the answers
    os.dup2(2, 1)
    _restrain(int(memory_mb))
    from PIL import Image

    from clubs.vision import load, see

    engine = load(engine_path)
    while content := _frame(sys.stdin.buffer):
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
            seen = see(picture.convert("RGB"), engine)
        answers.write(json.dumps(asdict(seen)) + "\n")
        answers.flush()


def _restrain(memory_mb: int) -> None:
    os.nice(NICE)
    if hasattr(os, "SCHED_BATCH"):  # Linux: never preempts who just woke up
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    most = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _frame(stream: IO[bytes]) -> bytes:
    """The next picture; empty at the end."""
    head = stream.read(LENGTH)
    return stream.read(int.from_bytes(head, "big")) if len(head) == LENGTH else b""


if __name__ == "__main__":
    main(*sys.argv[1:])
