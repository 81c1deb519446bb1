"""`manage.py demo_data`: people, conversations and a login to play with, for `make run`."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from knox.models import AuthToken

from slimy.accounts.models import User
from slimy.stack.demonstrations import demonstrations

PEOPLE = ("alice", "bob", "charlie")
TOKEN_LASTS = timedelta(days=7)


class Command(BaseCommand):
    """Seeds on the first start only; prints the logins as one line of JSON on every start."""

    help = "Seed an empty development database with demo users and data, and print their logins as JSON."

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed and print. Raises CommandError in production."""
        if settings.ENVIRONMENT != "development":
            raise CommandError("Demo data is for development installations (SLIMY_ENV=development).")
        if not User.objects.exists():
            seed()
        AuthToken.objects.filter(user__username__in=PEOPLE, expiry__lt=timezone.now()).delete()
        self.stdout.write(json.dumps({"admin": _admin_login(), "users": [_token_of(name) for name in PEOPLE]}))


def seed() -> None:
    """An administrator, three people, and what each app adds."""
    User.objects.create_superuser("admin", password=_password())
    users = {name: User.objects.create_user(name) for name in PEOPLE}
    for demonstration in demonstrations():
        demonstration.seed(users)


def _password() -> str:
    """The same on every start, different on every machine: made from the installation's secret key."""
    return hmac.new(settings.SECRET_KEY.encode(), b"demo administrator", hashlib.sha256).hexdigest()[:16]


def _admin_login() -> dict[str, str]:
    admin = User.objects.filter(username="admin").first()
    known = admin is not None and admin.check_password(_password())
    return {"username": "admin", "password": _password() if known else "(changed by you)"}


def _token_of(name: str) -> dict[str, str | None]:
    user = User.objects.filter(username=name, is_active=True).first()
    token = AuthToken.objects.create(user=user, expiry=TOKEN_LASTS)[1] if user else None
    return {"username": name, "token": token}
