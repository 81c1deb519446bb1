"""The embedded servers and `make run` as a whole, with data folders of their own."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from slimy.stack import environment, ports
from slimy.stack.clean import clean
from slimy.stack.errors import StackError
from slimy.stack.execute import execute
from slimy.stack.folder import CHECKOUT, Folder, server_account, throwaway_path
from slimy.stack.leash import leashed
from slimy.stack.lock import Lock
from slimy.stack.postgres import Postgres
from slimy.stack.run import wanted_port
from slimy.stack.summary import summary
from slimy.stack.valkey import Valkey
from tests.stack import empty_redis, soon  # noqa: F401  a fixture

STACK = [sys.executable, "-m", "slimy.stack"]


@pytest.fixture
def folder(monkeypatch) -> Iterator[Folder]:
    """A data folder where the servers' account can get at it; tmp_path of root is closed to others."""
    path = throwaway_path()
    monkeypatch.setenv("SLIMY_DATA", str(path))
    yield Folder.open(path)
    shutil.rmtree(path)


@pytest.fixture
def own_servers(monkeypatch) -> None:
    """An environment, and a `.env`, that names no servers."""
    for name in ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "SLIMY_ENV", "SECRET_KEY", "PORT"):
        monkeypatch.setenv(name, "")
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
    monkeypatch.delenv("SLIMY_ENV")
    monkeypatch.delenv("SECRET_KEY")


@contextmanager
def running(server: Postgres | Valkey) -> Iterator[Postgres | Valkey]:
    server.start()
    try:
        yield server
    finally:
        server.stop()


def modes(folder: Folder) -> set[str]:
    """The permissions of everything directly inside but copies of programs, which are no secret."""
    return {oct(path.stat().st_mode & 0o777) for path in folder.path.iterdir() if path.name != "programs"}


# --- Servers


def test_postgresql_keeps_its_data_to_itself_and_from_start_to_start(folder):
    with running(Postgres(folder, 54320, durable=True)) as server, psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept (id int)")
        settings = "SELECT current_setting('fsync'), current_setting('listen_addresses'), current_user"
        assert connection.execute(settings).fetchone() == ("on", "127.0.0.1", "slimy")
    with running(Postgres(folder, 54320, durable=False)) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
        assert connection.execute("SELECT current_setting('fsync')").fetchone() == ("off",)
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(server.url.replace("slimy:", "slimy:x"))
        account = server_account()  # never root
        owners = {process.info["uids"].real for process in stack_processes(folder.path)}
        assert owners == {account.uid if account else os.geteuid()}
    assert modes(folder) <= {"0o700", "0o600"}


def test_valkey_keeps_its_data_and_its_password_off_the_command_line(folder):
    with running(Valkey(folder, 63790, durable=True)) as server:
        client = redis.Redis.from_url(server.url)
        client.set("kept", "1")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        words = [" ".join(process.info["cmdline"]) for process in stack_processes(folder.path)]
        assert words
        assert folder.secret("valkey") not in "".join(words)
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=server.port, retry=Retry(NoBackoff(), 0)).ping()
    with running(Valkey(folder, 63790, durable=True)) as server:
        assert redis.Redis.from_url(server.url).get("kept") == b"1"
    assert modes(folder) <= {"0o700", "0o600"}


def test_a_taken_port_is_stepped_over(folder):
    with ports.listener(63900) as taken, running(Valkey(folder, ports.port_of(taken), durable=False)) as server:
        assert server.port > ports.port_of(taken)


def test_postgresql_starts_after_a_crash_though_its_pid_is_a_strangers_now(folder):
    with running(Postgres(folder, None, durable=True)) as server:
        (postmaster,) = (each for each in stack_processes(folder.path) if "-D" in each.info["cmdline"])
        postmaster.kill()
        assert soon(lambda: not server.is_alive())
    stranger = subprocess.Popen(leashed(["sleep", "60"], signal.SIGKILL, folder.account))
    try:
        (server.cluster / "postmaster.pid").write_text(f"{stranger.pid}\n{server.cluster}\n")
        with running(Postgres(folder, None, durable=False)):
            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("kind", [Postgres, Valkey])
def test_a_server_that_outlived_its_stack_is_stopped_first(folder, kind):
    with running(kind(folder, None, durable=False)) as old, running(kind(folder, None, durable=False)) as new:
        assert not old.is_alive()
        assert new.is_alive()


def test_data_of_another_major_version_is_refused(folder):
    server = Postgres(folder, None, durable=False)
    server.cluster.mkdir()
    (server.cluster / "PG_VERSION").write_text("9\n")
    with pytest.raises(StackError, match="of PostgreSQL 9"):
        server.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder of somebody else's")
def test_a_folder_of_somebody_else_is_refused(folder):
    inside = folder.path / "theirs"
    inside.mkdir()
    os.chown(inside, 12345, 12345)
    with pytest.raises(StackError, match="belongs to another user"):
        Folder.open(inside)


# --- What the application learns


def test_the_environment_of_a_running_stack_is_found_only_while_it_runs(folder):
    environment.publish(folder, {"DATABASE_URL": "postgres://a:b=@c/d"})
    assert environment.of_running_stack() == {}
    with Lock(folder.path):
        assert environment.of_running_stack() == {"DATABASE_URL": "postgres://a:b=@c/d"}
        environment.withdraw(folder)
        assert environment.of_running_stack() == {}


@pytest.mark.usefixtures("own_servers")
def test_an_embedded_database_makes_a_development_installation(monkeypatch):
    assert environment.missing() == {"DATABASE_URL", "REDIS_URL"}
    assert environment.for_application({"REDIS_URL": "r"}) == {"REDIS_URL": "r"}
    monkeypatch.setenv("SECRET_KEY", "mine")
    values = environment.for_application({"DATABASE_URL": "d"})
    assert values == {"DATABASE_URL": "d", "SLIMY_ENV": "development", "SECRET_KEY": "mine"}


@pytest.mark.parametrize(("text", "port"), [("", 8000), ("8080", 8080), ("0", 0)])
def test_the_port_comes_from_the_environment(monkeypatch, text, port):
    monkeypatch.setenv("PORT", text)
    assert wanted_port() == port


@pytest.mark.parametrize("text", ["http", "-1", "70000", "80.5"])
def test_nonsense_for_a_port_is_refused(monkeypatch, text):
    monkeypatch.setenv("PORT", text)
    with pytest.raises(StackError, match="PORT"):
        wanted_port()


def test_the_data_of_a_running_stack_is_not_thrown_away(folder, capsys):
    with Lock(folder.path) as lock:
        lock.note("http://somewhere, pid 1")
        with pytest.raises(StackError, match="http://somewhere, pid 1"):
            clean()
    assert folder.path.exists()


def test_the_summary_does_without_demo_data_and_without_users():
    assert "password" not in summary("http://here", {})
    demo_data = {"admin": {"username": "admin", "password": "open"}, "users": [{"username": "alice", "token": None}]}
    assert "password open" in summary("http://here", demo_data)
    assert "curl" not in summary("http://here", demo_data)


# --- Throw-away servers


@pytest.mark.usefixtures("own_servers")
def test_exec_gives_a_command_servers_and_returns_its_exit_code(monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", "postgres://mine")
    code = """import os, redis, sys
redis.Redis.from_url(os.environ["REDIS_URL"]).ping()
sys.exit(7 if os.environ["DATABASE_URL"] == "postgres://mine" else 1)"""
    with handlers_kept():
        assert execute([sys.executable, "-c", code]) == 7


@pytest.mark.usefixtures("own_servers")
def test_a_killed_holder_of_throw_away_servers_leaves_nothing():
    code = """import os, signal
from slimy.stack.throwaway import Throwaway
with Throwaway(["REDIS_URL"]) as values:
    print(values["REDIS_URL"], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)"""
    killed = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=False)
    port = int(killed.stdout.rpartition(":")[2].partition("/")[0])
    assert killed.returncode == -signal.SIGKILL
    assert soon(lambda: socket.socket().connect_ex((ports.HOST, port)) != 0)


@contextmanager
def handlers_kept() -> Iterator[None]:
    """Undo the signal handlers of a command that normally ends with its process."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


# --- The whole system


def stack_processes(path: Path) -> list[psutil.Process]:
    """The servers' processes that work in this data folder."""
    found = psutil.process_iter(["cmdline", "cwd", "uids"])
    return [each for each in found if each.info["cwd"] and Path(each.info["cwd"]).is_relative_to(path)]


@contextmanager
def started(until: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`python -m slimy.stack run`, and what it said up to the line with `until`; killed at the end."""
    process = subprocess.Popen([*STACK, "run"], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    try:
        said = ""
        while until not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        yield process, said
    finally:
        process.kill()
        process.communicate()


@pytest.mark.usefixtures("own_servers")
def test_run_starts_after_it_was_killed_and_stops_within_ten_seconds(folder, monkeypatch):
    with started("Valkey"):
        pass
    assert soon(lambda: not stack_processes(folder.path))
    with ports.listener(18000) as taken:
        port = ports.port_of(taken)
        monkeypatch.setenv("PORT", str(port))
        with started("Ctrl-C stops everything") as (process, said):
            url = re.search("http://127.0.0.1:[0-9]+", said)[0]
            assert url > f"http://127.0.0.1:{port}"
            assert urllib.request.urlopen(f"{url}/health/live").status == 200
            second = subprocess.run([*STACK, "run"], cwd=CHECKOUT, capture_output=True, text=True, check=False)
            assert second.returncode == 1
            assert f"already running at {url}, pid {process.pid}" in second.stderr
            told = {"DATABASE_URL", "REDIS_URL", "SLIMY_ENV", "SECRET_KEY", "METRICS_DIR"}
            assert set(environment.of_running_stack()) == told
            everybody = psutil.Process(process.pid).children(recursive=True)
            began = time.monotonic()
            process.terminate()
            assert process.wait(15) == 0
            assert time.monotonic() - began < 10
    assert not any(each.is_running() for each in everybody)
    assert not stack_processes(folder.path)
    assert environment.of_running_stack() == {}


def test_a_reserved_port_is_shared_with_our_servers_and_nobody_else():
    with ports.reserved() as reserved, socket.socket() as stranger, socket.socket() as ours:
        address = reserved.getsockname()
        with pytest.raises(OSError, match="in use"):
            stranger.bind(address)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        ours.bind(address)
        ours.listen()
        with ports.reserved(ports.port_of(reserved)) as another:
            assert ports.port_of(another) > ports.port_of(reserved)
        with socket.create_connection(address, timeout=1):
            pass
