"""`python -m tests.benchmarks`: this project and its peers, in one run on the same PostgreSQL and Valkey.

Needs DATABASE_URL and REDIS_URL; `make bench` brings servers of its own. Its own databases are made there and dropped.
"""

import argparse
import signal
import sys
from pathlib import Path

import django

from tests.benchmarks import report, table
from tests.benchmarks.place import Refused, prepared
from tests.benchmarks.scale import NORMAL, QUICK, Scale

PARTS = ("worker", "latency", "api", "lists", "clubs", "memory", "cache")
PARTS_KNOWN = (*PARTS, "chat")  # the last only when it is named


def main() -> int:
    """Measure, print the table, write what was asked for. Returns the exit code: 1 when a part could not be run."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with prepared() as place:
            django.setup()
            from tests.benchmarks.run import run

            results = run(place, options.only or PARTS, _scale(options))
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; nothing was written.", file=sys.stderr)
        return 130
    print(table.plain(results.lines))
    if options.json:
        report.write_json(options.json, results)
    if options.write:
        report.write_page(results)
    return 1 if results.failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "--only", metavar="PART", action="append", choices=PARTS_KNOWN, help=f"one of {', '.join(PARTS_KNOWN)}"
    )
    parser.add_argument("--quick", action="store_true", help="one small round of each: a look, not a measurement")
    parser.add_argument("--full", action="store_true", help="200 000 jobs for the memory, however long it takes")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures to FILE")
    return parser.parse_args()


def _scale(options: argparse.Namespace) -> Scale:
    scale = QUICK if options.quick else NORMAL
    return scale.without_hurry() if options.full else scale


if __name__ == "__main__":
    sys.exit(main())
