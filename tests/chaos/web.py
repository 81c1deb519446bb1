"""The API under its web server, as `make run` starts it."""

import http.client
import os
import signal
import subprocess
import time
from contextlib import suppress
from threading import Event, Thread

from slimy.stack import ports, web
from slimy.stack.folder import CHECKOUT
from tests.chaos.house import House, on_leash

START_SECONDS = 30.0


class Web:
    """A web server on a port of its own, with further variables `env`. When it ends it is started again, as by systemd:
    granian gives up when its processes die too often.
    """

    def __init__(self, house: House, **env: str) -> None:
        self._house = house
        self._socket = ports.reserved()
        self.port = ports.port_of(self._socket)
        self.log = house.path / f"web-{self.port}.log"
        self._env = house.environment(**house.for_web | env)
        self._stopping = Event()
        self._start()
        self._keeper = Thread(target=self._keep, daemon=True)  # what it starts ends with it
        self._keeper.start()

    def wait_until_it_answers(self) -> None:
        """Raises TimeoutError when it doesn't."""
        until = time.monotonic() + START_SECONDS
        while not self._is_live():
            if time.monotonic() > until:
                raise TimeoutError("The web server did not start.\n" + self.log.read_text(errors="replace")[-2000:])
            self._house.pause(0.05)

    def stop(self) -> None:
        """SIGTERM; SIGKILL to all of its processes after 8 s."""
        self._stopping.set()
        self._keeper.join()
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(8)
        self._kill()
        self._socket.close()

    def _start(self) -> None:
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                on_leash(*web.command(self._socket)[1:]),
                cwd=CHECKOUT,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _keep(self) -> None:
        while not self._stopping.wait(0.1):
            if self._process.poll() is not None:
                self._kill()
                self._start()

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _is_live(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/health/live")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
