"""Holds throw-away servers for as long as its standard input stays open: `python -m slimy.stack.hold`.

A process of its own, so that the servers stop and their folder goes even when the one who asked for them, a
test run say, is killed: the kernel closes the pipe then. Writes one line of JSON once the servers are up:
{"urls": {"DATABASE_URL": …, "REDIS_URL": …}}, and {"error": …} when something went wrong, then or later.
"""

import argparse
import json
import os
import select
import shutil
import sys

from slimy.stack.errors import StackError, Stop
from slimy.stack.folder import Folder, throwaway_path
from slimy.stack.postgres import Postgres
from slimy.stack.server import Server
from slimy.stack.signals import Requests
from slimy.stack.valkey import Valkey

KINDS: dict[str, type[Server]] = {"DATABASE_URL": Postgres, "REDIS_URL": Valkey}


def main() -> int:
    """Hold the servers for the variables on the command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m slimy.stack.hold", description=__doc__)
    parser.add_argument("--durable", action="store_true", help="as safe as `make run`, and as slow")
    parser.add_argument("variables", nargs="+", choices=KINDS)
    options = parser.parse_args()
    requests = Requests()
    with requests.counted():
        path = throwaway_path()
        try:
            _hold(Folder.open(path), options.variables, options.durable, requests)
        except Stop:
            return 0
        except StackError as error:
            tell(error=str(error))
            return 1
        finally:
            shutil.rmtree(path, ignore_errors=True)
    return 0


def _hold(folder: Folder, variables: list[str], durable: bool, requests: Requests) -> None:
    def pause(seconds: float) -> None:
        readable, _, _ = select.select([0], [], [], seconds)
        if requests.count or (readable and not os.read(0, 1)):
            raise Stop

    servers = {each: KINDS[each](folder, None, durable=durable, pause=pause) for each in sorted(variables)}
    try:
        for server in servers.values():
            server.start()
        tell(urls={variable: server.url for variable, server in servers.items()})
        while True:
            pause(0.5)
            for server in servers.values():
                if not server.is_alive():
                    raise StackError("\n".join([f"{server.name} has died.", *server.tail()]))
    finally:
        for server in reversed(servers.values()):
            server.stop()


def tell(**facts: object) -> None:
    """One line of JSON for the one who asked for the servers, who may be gone."""
    try:
        print(json.dumps(facts), flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


if __name__ == "__main__":
    sys.exit(main())
