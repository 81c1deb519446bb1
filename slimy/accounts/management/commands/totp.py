"""`manage.py totp`: a second factor for somebody who signs in on the pages."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from slimy.accounts import second_factor
from slimy.accounts.models import User


class Command(BaseCommand):
    """Makes, replaces or removes somebody's authenticator."""

    help = (
        "Give a user a second factor: prints the secret, once, to be typed or pasted into an authenticator app (TOTP, "
        "RFC 6238, 6 digits, 30 seconds). From then on signing in on the pages needs its code. Run again it replaces "
        "what there was; --remove takes it away, for somebody who lost the phone. API tokens are not concerned."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`name`, `--remove`."""
        parser.add_argument("name", help="the user's name")
        parser.add_argument("--remove", action="store_true", help="sign in without a code again")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what to do with it."""
        user = User.objects.filter(username=options["name"]).first()
        if user is None:
            raise CommandError(f"There is no user called {options['name']!r}.")
        if options["remove"]:
            self.stdout.write("Removed." if second_factor.remove(user, None) else "There was none.")
            return
        device = second_factor.give(user)
        self.stdout.write(f"Secret   {second_factor.secret_of(device).replace(' ', '')}")
        self.stdout.write(f"Address  {device.config_url}")
        self.stdout.write("Put one of them into the authenticator app now; it is not shown again.")
