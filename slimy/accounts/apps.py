"""Accounts as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users and API tokens."""

    name = "slimy.accounts"
    label = "accounts"
    verbose_name = "Accounts"
