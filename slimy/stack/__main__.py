"""The command line: `python -m slimy.stack --help`."""

import argparse
import importlib
import sys

from slimy.stack.errors import StackError

RUN = """Starts PostgreSQL and Valkey, migrates, creates demo data, then the web server and one worker for each
queue, all on 127.0.0.1, and keeps them up. Ctrl-C (or SIGTERM, SIGHUP) stops everything within 10 seconds:
first web and workers, which finish what they hold, then the servers; Ctrl-C again shortens the waiting.

  PORT          the web server's port (8000; the next free one when it is taken)
  DATABASE_URL  use this PostgreSQL instead of an embedded one; no demo data, no default login then
  REDIS_URL     use this Redis or Valkey instead of an embedded one
  SLIMY_DATA    where the embedded servers keep their data; by default a folder of the user's (of root's in
                /var/tmp) named after the checkout
  NO_COLOR      no colours"""
DEMO = """Starts the same as `run` on free ports with data that is thrown away, runs `manage.py demo` against it
and stops everything. The exit code is that of `manage.py demo`. DATABASE_URL and REDIS_URL are not used."""
EXEC = """Starts a fast, throw-away PostgreSQL and Valkey, runs a command with DATABASE_URL, REDIS_URL, SLIMY_ENV and
SECRET_KEY set, and stops the servers. Servers that the environment names already are used instead. The exit code
is that of the command.

  python -m slimy.stack exec -- python manage.py check"""
CLEAN = "Removes the data of `run` in this checkout. Refuses while it runs."


def main() -> int:
    """Run the command that the arguments ask for. Returns the exit code."""
    options = vars(_parser().parse_args())
    command = options.pop("command")
    # Only what a command needs is imported: `clean` works without any package installed.
    module = importlib.import_module(f"slimy.stack.{command}")
    try:
        return int(getattr(module, command)(**options))
    except StackError as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m slimy.stack", description="Embedded servers for one machine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    texts = {
        "run": ("the whole system, until Ctrl-C", RUN, "run"),
        "demo": ("the whole system shown once", DEMO, "show"),
        "exec": ("a command with throw-away servers", EXEC, "execute"),
        "clean": ("throw the data away", CLEAN, "clean"),
    }
    for name, (short, text, module) in texts.items():
        command = commands.add_parser(
            name, help=short, description=text, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        command.set_defaults(command=module)
        if name == "exec":
            command.add_argument("--durable", action="store_true", help="as safe as `run`, and as slow")
            command.add_argument("argv", nargs="+", metavar="CMD", help="after --")
    return parser


if __name__ == "__main__":
    sys.exit(main())
