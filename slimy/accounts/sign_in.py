"""Signing in on a page: guessing is slowed down, and who has a second factor needs it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm

from slimy.accounts import second_factor
from slimy.accounts.guesses import take_back
from slimy.accounts.models import User
from slimy.accounts.proof import WRONG_CODE, CodeField, spend_try

NEEDS_DEVICE = "Here nobody signs in without a second factor. Ask for one: manage.py totp <name>."


class SignInForm(AuthenticationForm):
    """Name, password, and the code of an authenticator app (or a recovery code) for those who have one."""

    code = CodeField(required=False, help_text="From your authenticator app, if your account has one.")

    def clean(self) -> dict[str, Any]:
        """Everything counts as a guess until all of it was right. Raises ValidationError."""
        name = str(self.cleaned_data.get("username", ""))
        spend_try(self.request, name)
        cleaned: dict[str, Any] = super().clean()
        if self.get_user() is not None:
            self._check_code(self.get_user(), str(cleaned.get("code", "")))
            take_back(self.request, name)
        return cleaned

    def _check_code(self, user: User, code: str) -> None:
        if not second_factor.is_on(user):
            if settings.STAFF_TOTP == "required":
                raise ValidationError(NEEDS_DEVICE, code="needs_device")
        elif not second_factor.accepts(user, code):
            user_login_failed.send(__name__, credentials={"username": user.get_username()}, request=self.request)
            raise ValidationError(WRONG_CODE, code="wrong_code")
