"""The web server of a checkout: how `make run`, tests and benchmarks start it. Production: docs/operations/."""

import socket
import sys

from slimy.stack import ports

# Headers end somewhere above 64 KiB. A thread with nothing to do keeps its connection to PostgreSQL for ten minutes.
OPTIONS = (
    "--interface wsgi --http 1 --no-ws --http1-buffer-size 65536 --respawn-failed-workers --workers-kill-timeout 5 "
    "--blocking-threads-idle-timeout 600"
)


def command(port: socket.socket, processes: int = 2, threads: int = 8) -> list[str]:
    """The command line of a web server on a port that is `ports.reserved`."""
    where = ["--host", ports.HOST, "--port", str(ports.port_of(port))]
    size = ["--workers", str(processes), "--blocking-threads", str(threads)]
    return [
        *(sys.executable, "-m", "granian", "slimy.wsgi:application"),
        *(*where, *size, *OPTIONS.split(), "--log-level", "error"),
    ]
