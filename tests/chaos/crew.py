"""The workers of an experiment: who they are, when they died, who replaces them.

Most experiments take a pool (`manage.py rqworker-pool`), whose workers are there in a moment and replaced when they
die; those that are about the process itself take `manage.py rqworker`.
"""

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import redis

from slimy.stack.folder import CHECKOUT
from tests.chaos.house import House, on_leash
from tests.chaos.member import Member

START_SECONDS = 60.0  # a dozen at once on two busy processors take that long
SETTINGS = {"JOBS_BATCH_SIZE": "25"}


class Crew:
    """All workers of an experiment; `name` begins the names of those that don't belong to a pool."""

    def __init__(self, house: House, name: str, link: redis.Redis) -> None:
        self.members: dict[str, Member] = {}
        self.commands: list[subprocess.Popen[bytes]] = []
        self._house, self._name, self._link = house, name, link
        self._logs: list[Path] = []
        self._kept: list[tuple[str, Callable[[], str]]] = []

    @property
    def alive(self) -> list[Member]:
        """Those that run and are known to RQ."""
        return [member for member in self.members.values() if member.alive]

    @property
    def deaths(self) -> dict[str, float]:
        """When whom who died did (time.time())."""
        return {member.name: member.died for member in self.members.values() if member.died}

    def hire_pool(self, count: int, *arguments: str, queue: str = "database", **env: str) -> subprocess.Popen[bytes]:
        """`manage.py rqworker-pool` with so many workers; returns once all are known (or have died of `env`)."""
        before = len(self.members)
        argv = ["rqworker-pool", queue, "--num-workers", str(count), *arguments]
        process = self._start(argv, signal.SIGTERM, env)
        self._wait(lambda: len(self.members) - before >= count or process.poll() is not None)
        return process

    def hire(
        self, count: int = 1, *arguments: str, queue: str = "database", keeping: bool = False, **env: str
    ) -> list[Member]:
        """`manage.py rqworker`, so many times; returns once all are known. With `keeping`, who dies is replaced."""
        arguments = (queue, *arguments)
        names = [self._start_one(arguments, env) for _ in range(count)]
        if keeping:
            self._kept += [(name, lambda: self._start_one(arguments, env)) for name in names]
        self._wait(lambda: set(names) <= set(self.members))
        return [self.members[name] for name in names]

    def tend(self) -> None:
        """Learn who is new, note who has died, replace who is kept."""
        self._learn()
        for member in self.members.values():
            member.notice_death()
        for index, (name, again) in enumerate(self._kept):
            if name in self.members and not self.members[name].alive:
                self._kept[index] = (again(), again)

    def dismiss(self, seconds: float = 12) -> None:
        """SIGTERM to all, SIGKILL to those that stay and to whatever they started."""
        self._kept.clear()
        for process in self.commands:
            _send(process, signal.SIGCONT, signal.SIGTERM)
        until = time.monotonic() + seconds
        for process in self.commands:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(until - time.monotonic(), 0.01))
            self.end(process)
        self.commands.clear()

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """SIGKILL to a command and all its workers."""
        Member("", process.pid).send(signal.SIGKILL, group=True)
        process.wait()
        self.tend()

    def lines(self) -> int:
        """How many lines they have logged."""
        return sum(log.read_bytes().count(b"\n") for log in self._logs)

    def last_words(self, count: int = 4) -> list[str]:
        """The last lines that each of them logged."""
        return [line[:400] for log in self._logs for line in log.read_text(errors="replace").splitlines()[-count:]]

    def _start_one(self, arguments: Sequence[str], env: dict[str, str]) -> str:
        name = f"{self._name}-{len(self._logs) + 1}"
        self._start(["rqworker", *arguments, "--name", name], signal.SIGKILL, env)
        return name

    def _start(self, argv: Sequence[str], leash: signal.Signals, env: dict[str, str]) -> subprocess.Popen[bytes]:
        log = self._house.path / f"{self._name}-{len(self._logs) + 1}.log"
        self._logs.append(log)
        with log.open("wb") as output:
            process = subprocess.Popen(
                on_leash("manage.py", *argv, ending=leash),
                cwd=CHECKOUT,
                env=self._house.environment(**SETTINGS | self._house.for_workers | env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.commands.append(process)
        return process

    def _learn(self) -> None:
        """Who has registered with RQ, and as which process."""
        with suppress(redis.RedisError):
            for key in self._link.smembers("rq:workers"):
                name = key.decode().removeprefix("rq:worker:")
                if name not in self.members and (pid := self._link.hget(key, "pid")):
                    self.members[name] = Member(name, int(pid))

    def _wait(self, true: Callable[[], bool]) -> None:
        until = time.monotonic() + START_SECONDS
        while not true():
            if time.monotonic() > until:
                raise TimeoutError("\n".join(["The workers did not start.", *self.last_words()]))
            self._house.pause(0.02)
            self.tend()


def _send(process: subprocess.Popen[bytes], *signals: signal.Signals) -> None:
    for each in signals:
        if process.poll() is None:
            process.send_signal(each)
