"""Accounts as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users and API tokens."""

    name = "slimy.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Find the parts that other apps add to a user's profile."""
        from slimy.accounts.profile import PROFILE

        PROFILE.discover()
