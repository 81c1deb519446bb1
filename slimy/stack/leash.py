"""Starts a command that is told to end when its parent ends, however that happened, and as which user.

A small script that replaces itself by the command. Python's `preexec_fn` would run our code between fork and
exec, where a lock held by another thread hangs it. The order matters: the kernel forgets the death signal
when a process changes its user. Only Linux has such a signal; elsewhere a killed manager leaves its children,
and the next start stops the servers among them (`leftovers`).
"""

import ctypes
import os
import signal
import sys
from typing import NoReturn

PR_SET_PDEATHSIG = 1


def leashed(argv: list[str], death_signal: signal.Signals, account: tuple[int, int] | None = None) -> list[str]:
    """The command line that runs `argv` on a leash, as the user and group ids `account` if given.

    Start it from the main thread: the leash is tied to the thread that starts it.
    """
    uid, gid = account or (-1, -1)
    options = [str(int(death_signal)), str(os.getpid()), str(uid), str(gid)]
    return [sys.executable, "-I", "-S", __file__, *options, *argv]


def end_with(parent: int, death_signal: int) -> None:
    """From now on this process gets the signal when its parent ends; it exits when that has happened already."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(1)


def main(death_signal: int, parent: int, uid: int, gid: int, *argv: str) -> NoReturn:
    """Change the user, put on the leash, become `argv`."""
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
        os.umask(0o077)
    end_with(parent, death_signal)
    for each in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores some of them
        signal.signal(each, signal.SIG_DFL)
    try:
        os.execvp(argv[0], argv)
    except OSError as error:
        print(f"Can't start {argv[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(127)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:5]), *sys.argv[5:])  # type: ignore[arg-type]
