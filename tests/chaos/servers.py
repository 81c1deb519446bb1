"""The embedded servers, with the ways to lose them that experiments need."""

import random
import signal
from collections.abc import Callable

from slimy.stack import ports
from slimy.stack.errors import StackError
from slimy.stack.folder import Folder
from slimy.stack.postgres import Postgres
from slimy.stack.server import Server
from slimy.stack.valkey import Valkey

Pause = Callable[[float], None]


class LossyPostgres(Postgres):
    """A PostgreSQL, safe as in production, that can be torn away."""

    def crash(self) -> None:
        """ "Immediate shutdown": every session is cut, nothing is written; the next start recovers from the log."""
        end_at_once(self, signal.SIGQUIT)


class LossyValkey(Valkey):
    """A Valkey that keeps nothing: it comes back empty."""

    def crash(self) -> None:
        """SIGKILL."""
        end_at_once(self, signal.SIGKILL)


def end_at_once(server: Server, signum: signal.Signals) -> None:
    """Send the server a signal that it doesn't survive, and wait for its end."""
    process = server._process
    if process is not None:
        process.send_signal(signum)
        process.wait(10)
    server._process = None


def start_again(server: Server) -> None:
    """Start a server that was lost, where it was. Raises StackError when its port was taken meanwhile."""
    port = server.port
    server.start()
    if server.port != port:
        raise StackError(f"{server.name} came back on port {server.port} instead of {port}.")


def both(folder: Folder, pause: Pause) -> tuple[LossyPostgres, LossyValkey]:
    """The two servers, not started, on ports that outgoing connections don't get."""
    postgres = LossyPostgres(folder, ports.free(random.randrange(20_000, 24_000)), durable=True, pause=pause)
    valkey = LossyValkey(folder, ports.free(random.randrange(25_000, 29_000)), durable=False, pause=pause)
    return postgres, valkey
