"""Signing in on a page: guessing is slowed down, and who has a second factor needs it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django_otp import devices_for_user, match_token
from unfold.forms import AuthenticationForm
from unfold.widgets import BASE_INPUT_CLASSES

from slimy.accounts.guesses import count_try, take_back

WRONG_CODE = "The code is wrong or was used before. It changes every 30 seconds; wait for the next one."
NEEDS_DEVICE = "Here nobody signs in without a second factor. Ask for one: manage.py totp <name>."


class SignInForm(AuthenticationForm):
    """Name, password, and the code of an authenticator app for those who have one."""

    code = forms.CharField(
        required=False,
        max_length=8,
        label="Code",
        help_text="From your authenticator app, if your account has one.",
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "pattern": "[0-9 ]*",
                "class": " ".join(BASE_INPUT_CLASSES),
            }
        ),
    )

    def clean(self) -> dict[str, Any]:
        """Everything counts as a guess until all of it was right. Raises ValidationError."""
        name = str(self.cleaned_data.get("username", ""))
        if seconds := count_try(self.request, name):
            minutes = int(seconds // 60) + 1
            raise ValidationError(f"Too many tries. Try again in {minutes} minutes.", code="too_many_tries")
        cleaned: dict[str, Any] = super().clean()
        if self.get_user() is not None:
            self._check_code(self.get_user(), str(cleaned.get("code", "")).replace(" ", ""))
            take_back(self.request, name)
        return cleaned

    def _check_code(self, user: AbstractBaseUser, code: str) -> None:
        if not any(devices_for_user(user)):
            if settings.STAFF_TOTP == "required":
                raise ValidationError(NEEDS_DEVICE, code="needs_device")
        elif not (code and match_token(user, code)):
            user_login_failed.send(__name__, credentials={"username": user.get_username()}, request=self.request)
            raise ValidationError(WRONG_CODE, code="wrong_code")
