"""`manage.py demo`: one job of every type through the API of a running system."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

import requests
from django.core.management.base import BaseCommand, CommandError
from knox.models import AuthToken

from slimy.accounts.models import User
from slimy.jobs import registry
from slimy.stack.demonstrations import demonstrations
from slimy.stack.tour import Tour


class Command(BaseCommand):
    """Submits, waits, prints a table; the exit code says whether every job ended as expected."""

    help = "Submit one job of every type to a running system, wait for each, print what came of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--url`, `--user`."""
        parser.add_argument("--url", required=True, help="where the web server answers, e.g. http://127.0.0.1:8000")
        parser.add_argument("--user", default="alice", help="in whose name (default: alice, of the demo data)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every app's tour. Raises CommandError when a job ended otherwise or a type was left out."""
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user called {options['user']!r}.")
        tour = Tour(options["url"], AuthToken.objects.create(user=user, expiry=timedelta(minutes=10))[1])
        try:
            for demonstration in demonstrations():
                demonstration.tour(tour)
        except requests.RequestException as error:
            raise CommandError(f"{options['url']} doesn't answer: {type(error).__name__}") from error
        self._print(tour)
        self._judge(tour)

    def _print(self, tour: Tour) -> None:
        self.stdout.write(f"{'':2}{'type':24}{'status':11}{'attempts':>8}{'ms':>7}  result")
        for stop in tour.stops:
            sign = "✓" if stop.as_expected else "✗"
            self.stdout.write(
                f"{sign} {stop.type:24}{stop.status:11}{stop.attempts:>8}{stop.milliseconds:>7}  {stop.result[:90]}"
            )

    def _judge(self, tour: Tour) -> None:
        left_out = registry.staffed() - {stop.type for stop in tour.stops}
        wrong = [stop.type for stop in tour.stops if not stop.as_expected]
        if left_out or wrong:
            raise CommandError(f"Not as expected: {wrong}; job types not shown: {sorted(left_out)}")
        self.stdout.write(self.style.SUCCESS(f"All {len(tour.stops)} jobs ended as expected."))
