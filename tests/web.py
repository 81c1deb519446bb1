"""The real web server on the test's database."""

import socket
import subprocess
import sys
from contextlib import contextmanager

from tests.conftest import ROOT, stop, wait_until, worker_environment

LIVE = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@contextmanager
def serving():
    """`gunicorn slimy.wsgi` as long as the block lasts; yields its port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        fd = listener.fileno()
        command = [sys.executable, "-m", "gunicorn", "slimy.wsgi", "--bind", f"fd://{fd}", "--threads", "4"]
        command += ["--worker-class", "gthread", "--log-level", "error", "--no-control-socket"]
        process = subprocess.Popen(command, cwd=ROOT, env=worker_environment(), pass_fds=[fd], start_new_session=True)
        try:
            wait_until(lambda: process.poll() is not None or _is_live(listener.getsockname()), seconds=30)
            assert process.poll() is None, "gunicorn did not start"
            yield listener.getsockname()[1]
        finally:
            stop(process)


def _is_live(address):
    try:
        with socket.create_connection(address, timeout=1) as client:
            client.sendall(LIVE)
            return client.recv(12) == b"HTTP/1.1 200"
    except OSError:
        return False
