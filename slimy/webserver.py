"""What the web server leaves to us; slimy/wsgi.py sees to it in each of its processes."""

import ctypes
import multiprocessing
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_server() -> None:
    """When the first process of granian is killed, the others would go on answering, with nobody to stop them."""
    server = multiprocessing.parent_process()
    if server is None or sys.platform != "linux":
        return
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # until granian takes it, it has the handler of the first process
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != server.pid:
        sys.exit(1)
