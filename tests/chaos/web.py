"""The API under gunicorn, as `make run` starts it."""

import http.client
import os
import signal
import subprocess
import time
from contextlib import suppress

from slimy.stack import ports
from slimy.stack.folder import CHECKOUT
from tests.chaos.house import House, on_leash

GUNICORN = "--worker-class gthread --workers 2 --threads 8 --graceful-timeout 5 --log-level warning --no-control-socket"
START_SECONDS = 30.0


class Web:
    """A web server on a port of its own, with further `arguments` of gunicorn and variables `env`."""

    def __init__(self, house: House, *arguments: str, **env: str) -> None:
        self._house = house
        self._socket = ports.listener()
        self.port = ports.port_of(self._socket)
        self.log = house.path / f"web-{self.port}.log"
        fd = self._socket.fileno()
        options = [*GUNICORN.split(), *arguments]
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                on_leash("-m", "gunicorn", "slimy.wsgi:application", "--bind", f"fd://{fd}", *options),
                cwd=CHECKOUT,
                env=house.environment(**house.for_web | env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[fd],
                start_new_session=True,
            )

    def wait_until_it_answers(self) -> None:
        """Raises TimeoutError when it doesn't."""
        until = time.monotonic() + START_SECONDS
        while not self._is_live():
            if time.monotonic() > until or self._process.poll() is not None:
                raise TimeoutError("The web server did not start.\n" + self.log.read_text(errors="replace")[-2000:])
            self._house.pause(0.05)

    def stop(self) -> None:
        """SIGTERM; SIGKILL to all of its processes after 8 s."""
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(8)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._socket.close()

    def _is_live(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/health/live")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
