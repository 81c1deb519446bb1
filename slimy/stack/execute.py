"""`python -m slimy.stack exec`: a command with throw-away servers."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence

from slimy.stack import environment
from slimy.stack.child import exit_code
from slimy.stack.leash import leashed
from slimy.stack.throwaway import Throwaway


def execute(argv: Sequence[str], *, durable: bool = False) -> int:
    """Run `argv` with DATABASE_URL and REDIS_URL, passing on signals. Returns its exit code, 128 + n after signal n."""
    variables = environment.missing()
    if not variables:
        return _run(argv, {})
    with Throwaway(variables, durable=durable) as values:
        return _run(argv, values)


def _run(argv: Sequence[str], values: dict[str, str]) -> int:
    process = subprocess.Popen(leashed(list(argv), signal.SIGTERM), env=os.environ | values)

    def pass_on(signum: int, frame: object) -> None:
        if signum != signal.SIGINT or not _in_foreground():
            process.send_signal(signum)

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, pass_on)
    return exit_code(process.wait())


def _in_foreground() -> bool:
    """Whether a terminal's Ctrl-C reaches us and our child alike."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False
