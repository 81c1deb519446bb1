"""`manage.py apitoken <user>`: make, list or revoke a user's API tokens."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from knox.models import AuthToken
from knox.settings import CONSTANTS

from slimy.accounts.models import User
from slimy.accounts.trail import token_event
from slimy.sql import tx
from slimy.wire import instant

ALL = ""


class Command(BaseCommand):
    """Makes a token and prints it once; only its hash is kept."""

    help = "Make an API token for a user and print it (only its hash is kept); or list or revoke the user's tokens."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`user`, `--days`, `--list`, `--revoke`."""
        parser.add_argument("user", help="user name")
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--days", type=int, help="days until it expires, 1 to 3650 (default: TOKEN_DAYS)")
        choice.add_argument("--list", action="store_true", help="list the user's tokens instead")
        choice.add_argument(
            "--revoke", nargs="?", const=ALL, metavar="START", help="revoke the tokens that start so, or all, instead"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the token, the list, or how many were revoked. Raises CommandError."""
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user called {options['user']!r}.")
        if options["list"]:
            self.list(user)
        elif options["revoke"] is not None:
            self.revoke(user, options["revoke"])
        else:
            self.make(user, options["days"])

    def make(self, user: User, days: int | None) -> None:
        """Print a new token. Raises CommandError for an inactive user and for days out of range."""
        if not user.is_active:
            raise CommandError(f"{user.username!r} is not active.")
        if days is not None and not 1 <= days <= 3650:
            raise CommandError("--days must be from 1 to 3650.")
        expiry = {} if days is None else {"expiry": timedelta(days=days)}
        with tx():
            token, secret = AuthToken.objects.create(user=user, **expiry)
            token_event("create", user, [token.token_key], by=None)
        self.stdout.write(secret)

    def list(self, user: User) -> None:
        """Print how each token starts, when it was made and when it expires."""
        for token in AuthToken.objects.filter(user=user).order_by("created"):
            expiry = instant(token.expiry) or "never"
            self.stdout.write(f"{token.token_key}…  made {instant(token.created)}  expires {expiry}")

    def revoke(self, user: User, start: str) -> None:
        """Delete the tokens that start with `start`; more than the beginning of a token isn't known."""
        known = start[: CONSTANTS.TOKEN_KEY_LENGTH]
        with tx():
            tokens = AuthToken.objects.filter(user=user, token_key__startswith=known)
            revoked = list(tokens.values_list("token_key", flat=True))
            tokens.delete()
            if revoked:
                token_event("revoke", user, revoked, by=None)
        self.stdout.write(f"{len(revoked)} tokens revoked")
