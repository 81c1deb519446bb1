"""What the web server leaves to us; slimy/wsgi.py sees to it in each of its processes."""

import multiprocessing
import signal

from slimy.stack.leash import end_with


def end_with_server() -> None:
    """When the first process of granian is killed, the others would go on answering, with nobody to stop them."""
    server = multiprocessing.parent_process()
    if server and server.pid:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # until granian takes it, it has the first process's handler
        end_with(server.pid, signal.SIGTERM)
