"""The process manager behind `make run`: what it starts, relays, drains and kills."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from slimy.stack import processes
from slimy.stack.child import Child
from slimy.stack.console import Console
from slimy.stack.folder import CHECKOUT
from slimy.stack.processes import Processes
from tests.stack import empty_redis, soon  # noqa: F401  a fixture


class Recorder:
    """Stands in for a server; writes down when it was stopped."""

    def __init__(self, name: str, history: Path) -> None:
        self.name, self.alive, self._history = name, True, history

    def is_alive(self) -> bool:
        return self.alive

    def stop(self, deadline: float | None = None) -> None:
        with self._history.open("a") as file:
            file.write(f"{self.name}\n")

    def tail(self) -> list[str]:
        return [f"last words of {self.name}"]


def script(name: str, code: str, *arguments: object) -> Child:
    return Child(name, [sys.executable, "-c", code, *map(str, arguments)], os.environ)


def signalled(signum: signal.Signals, *seconds: float) -> None:
    """Send this process a signal after so many seconds, again and again."""
    for each in seconds:
        threading.Timer(each, os.kill, (os.getpid(), signum)).start()


DRAINING = """
import signal, sys, time
stop = []
signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
print("ready")
while not stop: time.sleep(0.01)
time.sleep(0.2)
print("drained")
open(sys.argv[1], "a").write("worker\\n")
"""
WAITING = "import sys, time; open(sys.argv[1], 'w'); time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready'); time.sleep(60)"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no death signal")
def test_a_process_on_a_leash_ends_with_its_parent(tmp_path):
    code = f"""import os, signal, subprocess, sys
from slimy.stack.leash import leashed
print(subprocess.Popen(leashed([sys.executable, "-c", {WAITING!r}, sys.argv[1]], signal.SIGTERM)).pid, flush=True)
while not os.path.exists(sys.argv[1]): pass
os.kill(os.getpid(), signal.SIGKILL)"""
    command = [sys.executable, "-c", code, str(tmp_path / "up")]
    pid = int(subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=False).stdout)
    assert soon(lambda: not psutil.pid_exists(pid))


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_workers_drain_before_valkey_stops_and_valkey_before_postgresql(tmp_path, capsys, signum):
    history = tmp_path / "history"
    with Processes(Console()) as manager:
        manager.servers += [Recorder("postgres", history), Recorder("valkey", history)]
        worker = script("worker", DRAINING, history)
        manager.start(worker)
        assert manager.wait_until(lambda: "ready" in worker.tail, 10)
        signalled(signum, 0.1)
        manager.supervise()
    assert history.read_text().split() == ["worker", "valkey", "postgres"]
    assert "drained" in capsys.readouterr().out
    assert not manager.failed


def test_a_process_that_does_not_end_is_killed(monkeypatch, capsys):
    monkeypatch.setattr(processes, "DRAIN_SECONDS", 0.5)
    with Processes(Console()) as manager:
        worker = script("worker", DEAF)
        manager.start(worker)
        assert manager.wait_until(lambda: "ready" in worker.tail, 10)
    assert worker.exit_code == 128 + signal.SIGKILL
    assert "worker was killed" in capsys.readouterr().out


@pytest.mark.usefixtures("capsys")
def test_a_second_request_shortens_the_waiting():
    with Processes(Console()) as manager:
        worker = script("worker", DEAF)
        manager.start(worker)
        assert manager.wait_until(lambda: "ready" in worker.tail, 10)
        signalled(signal.SIGINT, 0.1, 0.2, 0.7)  # the first two are one: a shell and `make` both pass it on
        manager.supervise()
        began = time.monotonic()
    assert 0.3 < time.monotonic() - began < 2


def test_a_worker_starts_again(tmp_path, capsys):
    count = """import sys, time
open(sys.argv[1], "a").write("x")
time.sleep(float(sys.argv[2]))
sys.exit(int(sys.argv[3]))"""
    with Processes(Console()) as manager:
        manager.start(script("recycled", count, tmp_path / "recycled", 1.1, 0))
        manager.start(script("failing", count, tmp_path / "failing", 0, 3))
        signalled(signal.SIGTERM, 1.9)
        manager.supervise()
    assert 2 <= len((tmp_path / "recycled").read_text()) <= 3
    assert 2 <= len((tmp_path / "failing").read_text()) <= 4  # after 0.5, 1, 2 … seconds
    said = capsys.readouterr().out
    assert "recycled ended with exit code 0; it starts again\n" in said
    assert "failing ended with exit code 3; it starts again in 1.0 s" in said


def test_a_dead_server_stops_everything(tmp_path, capsys):
    server = Recorder("Valkey", tmp_path / "history")
    with Processes(Console()) as manager:
        manager.servers.append(server)
        manager.start(script("worker", "import time; time.sleep(60)"))
        server.alive = False
        manager.supervise()
    assert manager.failed
    assert not manager.children[0].is_alive()
    assert "last words of Valkey" in capsys.readouterr().out


def test_a_line_without_end_and_broken_text_are_relayed(capsys):
    with Processes(Console()) as manager:
        code = "import os; os.write(1, b'x' * 300000 + b'\\n\\xff half a line')"
        assert manager.finish(script("talker", code)) == 0
    said = capsys.readouterr().out
    assert said.count("x") >= 300000
    assert "� half a line" in said
