"""The real web server on the test's database."""

import socket
import subprocess
from contextlib import contextmanager

from slimy.stack import ports, web
from tests.conftest import ROOT, stop, wait_until, worker_environment

LIVE = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@contextmanager
def serving(processes=1, **env):
    """The web server as long as the block lasts, with further variables `env`; yields its port."""
    with ports.reserved() as reserved:
        command = web.command(reserved, processes, threads=4)
        process = subprocess.Popen(command, cwd=ROOT, env=worker_environment() | env, start_new_session=True)
        try:
            wait_until(lambda: process.poll() is not None or is_live(reserved.getsockname()), seconds=30)
            assert process.poll() is None, "the web server did not start"
            yield ports.port_of(reserved)
        finally:
            stop(process)


def is_live(address):
    """Whether a web server answers there."""
    try:
        with socket.create_connection(address, timeout=1) as client:
            client.sendall(LIVE)
            return client.recv(12) == b"HTTP/1.1 200"
    except OSError:
        return False
