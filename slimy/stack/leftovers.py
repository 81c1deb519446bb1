"""Servers that outlived a killed stack and still work on its data.

Both servers make their data folder their working directory. That finds them, and nobody else, even when the
pid they once noted belongs to another process today.
"""

import contextlib
import signal
from pathlib import Path

import psutil  # type: ignore[import-untyped]


def of(program: str, data: Path) -> list[psutil.Process]:
    """The processes named `program` that work inside `data`."""
    found = []
    for process in psutil.process_iter(["name", "cwd"]):
        folder = process.info["cwd"]
        if process.info["name"] == program and folder and Path(folder).is_relative_to(data):
            found.append(process)
    return found


def stop(program: str, data: Path, signum: signal.Signals, patience: float = 8) -> int:
    """End those processes: `signum` to the oldest of each family, SIGKILL after `patience` seconds.

    Returns how many there were.
    """
    found = of(program, data)
    pids = {process.pid for process in found}
    for process in found:
        with contextlib.suppress(psutil.NoSuchProcess):  # one of them may have ended just now
            if process.ppid() not in pids:
                process.send_signal(signum)
    _, alive = psutil.wait_procs(found, timeout=patience)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=2)
    return len(found)
