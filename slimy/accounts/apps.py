"""Accounts as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users and API tokens."""

    name = "slimy.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Find the parts that other apps add to a user's profile; forget tokens that end."""
        from django.db.models.signals import post_delete, post_save
        from knox.models import AuthToken

        from slimy.accounts.profile import PROFILE
        from slimy.accounts.remembered import forget_when_changed

        PROFILE.discover()
        for model in (self.get_model("User"), AuthToken):
            for signal in (post_save, post_delete):
                signal.connect(forget_when_changed, sender=model, dispatch_uid=f"remembered {model} {id(signal)}")
