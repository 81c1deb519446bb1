"""`manage.py apitoken <user>`: make, list or revoke a user's API tokens."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from knox.models import AuthToken

from slimy.accounts.models import User


class Command(BaseCommand):
    """Makes a token and prints it once; only its hash is kept."""

    help = "Make an API token for a user and print it (only its hash is kept), or revoke all tokens of the user."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`user`, `--days`, `--revoke`."""
        parser.add_argument("user", help="user name")
        parser.add_argument("--days", type=int, help="days until it expires (default: TOKEN_DAYS)")
        parser.add_argument("--revoke", action="store_true", help="revoke all tokens of the user instead")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the token, or how many were revoked. Raises CommandError for an unknown or inactive user."""
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user called {options['user']!r}.")
        if options["revoke"]:
            count, _ = AuthToken.objects.filter(user=user).delete()
            self.stdout.write(f"{count} tokens revoked")
            return
        days = options["days"]
        if days is not None and not 1 <= days <= 3650:
            raise CommandError("--days must be from 1 to 3650.")
        expiry = {} if days is None else {"expiry": timedelta(days=days)}
        self.stdout.write(AuthToken.objects.create(user=user, **expiry)[1])
