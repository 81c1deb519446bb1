"""`python -m tests.chaos`: run the experiments, print a table, exit with 1 when an invariant was broken."""

import argparse
import signal
import sys
from pathlib import Path

from slimy.stack.errors import StackError, Stop
from tests.chaos.house import MODES, House
from tests.chaos.pgbouncer import POOLED

LIMIT = 590.0
EPILOG = """Servers, workers and web server are the suite's own and end with it; so does every file it makes."""


def main() -> int:
    """Returns the exit code: 1 when an invariant was broken, 2 when the suite itself failed, 130 after Ctrl-C."""
    options = _options()
    try:
        with House(options.mode, options.pgbouncer, options.pooled) as house:
            import django

            django.setup()
            from tests.chaos.run import prepare, run

            prepare()
            return run(house, options)
    except Stop:
        return 128 + signal.SIGINT
    except StackError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _options() -> argparse.Namespace:
    parser = _parser()
    options = parser.parse_args()
    if options.pooled == "all" and not options.pgbouncer:
        parser.error("--pooled says who goes through --pgbouncer, which is missing")
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__, epilog=EPILOG)
    parser.add_argument("--only", nargs="+", metavar="NAME", default=[], help="run these experiments")
    parser.add_argument(
        "--seconds-scale", type=float, default=1.0, metavar="X", help="storms and outages X times as long"
    )
    parser.add_argument("--mode", choices=MODES, default="default", help="how workers execute: JOBS_SET_BASED=1 or 0")
    parser.add_argument(
        "--pgbouncer",
        nargs="?",
        const="pgbouncer",
        metavar="PROGRAM",
        help="put a pgbouncer with our file between web processes and PostgreSQL: the one on PATH, or PROGRAM; ≥ 1.22",
    )
    parser.add_argument(
        "--pooled", choices=POOLED, default="web", help="who goes through it: workers, too, in session mode, with all"
    )
    parser.add_argument(
        "--limit", type=float, default=LIMIT, metavar="S", help="seconds for all; what isn't run is broken"
    )
    parser.add_argument("--report", type=Path, help=argparse.SUPPRESS)  # for the process of another lane
    parser.add_argument("--markdown", action="store_true", help="print the table once more, for docs/reliability.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
