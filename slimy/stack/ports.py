"""Free TCP ports on this machine."""

import errno
import socket

from slimy.stack.errors import StackError

HOST = "127.0.0.1"


def free(preferred: int | None = None) -> int:
    """A port nobody listens on: `preferred` or one of the 99 after it; any when None."""
    with listener(preferred) as sock:
        return port_of(sock)


def listener(preferred: int | None = None) -> socket.socket:
    """A socket that listens on the first free port; the same choice as `free`, but kept.

    Raises StackError when all of them are taken or not allowed.
    """
    candidates = range(preferred, min(preferred + 100, 65536)) if preferred else [0]
    for port in candidates:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((HOST, port))
            sock.listen(2048)
        except OSError as error:
            sock.close()
            if error.errno != errno.EADDRINUSE:
                raise StackError(f"Can't listen on port {port}: {error.strerror}.") from error
        else:
            return sock
    raise StackError(f"No free port between {preferred} and {candidates[-1]}.")


def reserved(preferred: int | None = None) -> socket.socket:
    """A socket that keeps the port `listener` would choose for servers of ours: it doesn't listen, they do.

    Only processes of this user that ask to share the port can (SO_REUSEPORT), also while none of them runs.
    """
    port = free(preferred)
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind((HOST, port))
    return sock


def port_of(sock: socket.socket) -> int:
    """The port that `sock` is bound to."""
    port: int = sock.getsockname()[1]
    return port
