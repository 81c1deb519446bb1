"""`python -m slimy.stack run`: the whole system on 127.0.0.1, with data that lasts."""

import contextlib
import os

import environ

from slimy.stack import environment, ports
from slimy.stack.application import Application
from slimy.stack.console import Console
from slimy.stack.errors import StackError
from slimy.stack.folder import CHECKOUT, Folder, data_path
from slimy.stack.lock import Lock, Taken
from slimy.stack.postgres import Postgres
from slimy.stack.processes import Processes
from slimy.stack.server import Server
from slimy.stack.summary import summary
from slimy.stack.valkey import Valkey

WEB_PORT = 8000
SERVERS: dict[str, tuple[type[Server], int]] = {"DATABASE_URL": (Postgres, 54320), "REDIS_URL": (Valkey, 63790)}


def run() -> int:
    """Start everything, keep it up until somebody stops it. Returns the exit code.

    Raises StackError when this checkout's stack runs already.
    """
    environ.Env.read_env(CHECKOUT / ".env")
    folder = Folder.open(data_path())
    console = Console()
    try:
        with Lock(folder.path) as lock, Processes(console) as processes, contextlib.ExitStack() as undo:
            console.say(f"Slimy starts; its data is in {folder.path}")
            values = _start_servers(folder, processes, console)
            environment.publish(folder, values)
            undo.callback(environment.withdraw, folder)
            reserved = undo.enter_context(ports.reserved(wanted_port()))
            application = Application(processes, console, values, reserved)
            lock.note(f"{application.url}, pid {os.getpid()}")
            _start(application, console)
            processes.supervise()
    except Taken as taken:
        raise StackError(f"This checkout's stack is already running at {taken}.") from None
    console.say("Stopped.")
    return int(processes.failed)


def wanted_port() -> int:
    """The web server's port: $PORT, else 8000. Raises StackError when it is no port."""
    text = os.environ.get("PORT") or str(WEB_PORT)
    if not text.isdecimal() or int(text) > 65535:
        raise StackError(f"PORT must be a number up to 65535, not {text!r}.")
    return int(text)


def _start_servers(folder: Folder, processes: Processes, console: Console) -> dict[str, str]:
    urls = {}
    missing = environment.missing()
    for variable, (kind, port) in SERVERS.items():
        if variable not in missing:
            console.step(kind.name, f"yours, from {variable}")
            continue
        server = kind(folder, port, durable=True, pause=processes.pause)
        server.start()
        processes.servers.append(server)
        console.step(f"{server.name} {server.version}", f"up in {server.took:.1f} s on {ports.HOST}:{server.port}")
        urls[variable] = server.url
    values = environment.for_application(urls, folder.secret("application"))
    return values | environment.metrics(folder.path / "metrics")


def _start(application: Application, console: Console) -> None:
    application.migrate()
    application.collect_static()
    if "DATABASE_URL" in environment.missing():
        application.create_demo_data()
    application.start()
    if application.port != wanted_port():
        console.say(f"  Port {wanted_port()} is taken, so it is {application.port}.")
    console.say(summary(application.url, application.demo_data))
