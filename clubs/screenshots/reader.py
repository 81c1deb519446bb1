"""The child process that reads pictures, seen from the worker.

Why a child: native code can't be stopped by a signal handler, may crash, and needs 0.7 GB. So a time limit is a kill,
a memory limit is the kernel's, a crash costs one attempt of one job, and what hostile pixels could do to a decoder
they do to a process without settings, database or secrets. It starts with the job and ends with it.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from types import TracebackType
from typing import Any, Self

from django.conf import settings

from clubs.exceptions import ReaderFailed
from slimy.logs import get_logger

log = get_logger(__name__)

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_LAST_WORDS = 2000  # characters


class Reader:
    """`with Reader() as reader: reader.read(content)`; the process starts with the first picture."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def read(self, content: bytes) -> dict[str, Any]:
        """What is on a JPEG: `clubs.vision.Seen` as a mapping. Raises ReaderFailed when it died or took too long."""
        process = self._process or self._start()
        try:
            process.stdin.write(len(content).to_bytes(8, "big") + content)  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            seen: dict[str, Any] = json.loads(self._line(process))
        except (OSError, ValueError) as error:
            raise ReaderFailed(self._why(process)) from error
        return seen

    def _start(self) -> subprocess.Popen[bytes]:
        engine, memory = settings.OCR["ENGINE"], settings.OCR["MEMORY_MB"]
        self._process = subprocess.Popen(  # noqa: S603  ourselves
            [sys.executable, "-m", "clubs.screenshots.child", engine, str(memory)],
            cwd=settings.BASE_DIR,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", **dict.fromkeys(_THREADS, str(settings.OCR["THREADS"]))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self._process

    def _line(self, process: subprocess.Popen[bytes]) -> bytes:
        """Its answer. Raises OSError when none comes in time, ValueError when it ends before."""
        until, line = time.monotonic() + settings.OCR["PICTURE_SECONDS"], b""
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)  # type: ignore[arg-type]
            while not line.endswith(b"\n"):
                if not selector.select(max(0, until - time.monotonic())):
                    raise TimeoutError
                piece = os.read(process.stdout.fileno(), 1 << 16)  # type: ignore[union-attr]
                if not piece:
                    raise ValueError("the process ended")
                line += piece
        return line

    def _why(self, process: subprocess.Popen[bytes]) -> str:
        try:
            code = process.wait(1)
        except subprocess.TimeoutExpired:
            seconds = settings.OCR["PICTURE_SECONDS"]
            return f"Reading a picture took more than {seconds} seconds."
        log.warning("OCR process ended", action="ocr_process_ended", code=code)
        return f"The process that reads pictures ended with code {code}."

    def _end(self) -> None:
        if self._process:
            self._process.kill()  # it holds nothing worth saving
            self._process.communicate()
            self._process = None
