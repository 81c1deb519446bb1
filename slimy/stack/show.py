"""`python -m slimy.stack demo`: the whole system on free ports, shown by `manage.py demo`, then gone."""

from slimy.stack import environment, ports
from slimy.stack.application import Application
from slimy.stack.console import Console
from slimy.stack.language_model import LanguageModel
from slimy.stack.processes import Processes
from slimy.stack.throwaway import Throwaway

INTERRUPTED = 130


def show() -> int:
    """Show the system at work. Returns the exit code of `manage.py demo`.

    Always on servers of its own: what it writes has no place in a database that somebody cares for.
    """
    console = Console()
    code = INTERRUPTED
    with Processes(console) as processes, ports.reserved() as reserved, LanguageModel() as model:
        servers = Throwaway(environment.SERVERS, durable=True)
        servers.start()
        processes.servers.append(servers)
        values = servers.values | model.environment
        application = Application(processes, console, values, reserved, quiet=True)
        application.migrate()
        application.create_demo_data()
        application.start()
        code = application.show("demo", "--url", application.url)
        if code:
            processes.show_tails()
    return 1 if processes.failed else code
