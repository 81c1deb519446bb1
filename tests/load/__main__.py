"""`python -m tests.load`: many clients use everything at once, on real servers; nothing may fail, nothing get lost.

Needs DATABASE_URL and REDIS_URL; `make load` brings servers of its own. Its own database is made there and dropped.
"""

import argparse
import signal
import sys

import django

from tests.benchmarks.place import Refused, prepared
from tests.benchmarks.samples import say
from tests.load import report


def main() -> int:
    """Run, print the table; 1 when there was an error other than 429 or a job got lost."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with prepared() as place:
            django.setup()
            from tests.load.run import run

            outcome = run(place, options.clients, options.seconds, options.pause)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; nothing was written.", file=sys.stderr)
        return 130
    print(report.markdown(outcome).replace("`", ""))
    if options.write:
        report.write(outcome)
    for line in outcome.complaints[:20]:
        say(f"WRONG: {line}")
    return int(bool(outcome.complaints))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--clients", type=_within(1, 1000), default=200, help="how many, 1 to 1000 (200)")
    parser.add_argument("--seconds", type=_within(1, 3600), default=300, help="how long, 1 to 3600 (300)")
    parser.add_argument(
        "--pause", type=float, default=1.0, help="mean seconds between an answer and the next request (1)"
    )
    parser.add_argument("--write", action="store_true", help="write docs/load.md")
    return parser.parse_args()


def _within(least: int, most: int):
    def number(text: str) -> int:
        if not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{least} to {most}")
        return int(text)

    return number


if __name__ == "__main__":
    sys.exit(main())
