"""Who does something that opens doors proves again who they are; tries are counted as those to sign in."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.widgets import BASE_INPUT_CLASSES, UnfoldAdminPasswordWidget

from slimy.accounts import second_factor
from slimy.accounts.guesses import count_try, take_back
from slimy.accounts.models import User

WRONG_CODE = "The code is wrong or was used before. It changes every 30 seconds; wait for the next one."
WRONG = "That isn't right. A code opens once, and changes every 30 seconds; wait for the next one."


class CodeField(forms.CharField):
    """A code as it is typed: spaces and dashes are nothing."""

    def __init__(self, **more: Any) -> None:
        attributes = {
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "pattern": r"[0-9 \-]*",
            "class": " ".join(BASE_INPUT_CLASSES),
        }
        super().__init__(**{"label": "Code", "max_length": 40, "widget": forms.TextInput(attributes), **more})

    def to_python(self, value: Any) -> str:
        return "".join((super().to_python(value) or "").replace("-", " ").split())


def spend_try(request: HttpRequest, name: str) -> None:
    """One more try to be `name`. Raises ValidationError when there were too many."""
    if seconds := count_try(request, name):
        minutes = int(seconds // 60) + 1
        raise ValidationError(f"Too many tries. Try again in {minutes} minutes.", code="too_many_tries")


class Proof(forms.Form):
    """What only the person who is signed in can say. A form that lacks something isn't a try."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.user = cast("User", request.user)
        super().__init__(request.POST if request.method == "POST" else None)

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        spend_try(self.request, self.user.get_username())
        if not self.is_right():
            user_login_failed.send(__name__, credentials={"username": self.user.get_username()}, request=self.request)
            raise ValidationError(WRONG, code="wrong")
        take_back(self.request, self.user.get_username())
        return cleaned

    def is_right(self) -> bool:
        """Whether it is them."""
        raise NotImplementedError


class OwnerForm(Proof):
    """The password and, where there is a second factor, its code."""

    password = forms.CharField(
        label="Your password", strip=False, widget=UnfoldAdminPasswordWidget({"autocomplete": "current-password"})
    )
    code = CodeField(help_text="From your authenticator app, or one of your recovery codes.")

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        if not second_factor.is_on(self.user):
            del self.fields["code"]

    def is_right(self) -> bool:
        """The password is looked at first: a code isn't used up by a wrong one."""
        if not self.user.check_password(self.cleaned_data["password"]):
            return False
        return "code" not in self.fields or second_factor.accepts(self.user, self.cleaned_data["code"])


class ConfirmForm(Proof):
    """A code of the app that has just got the secret. `codes` are the recovery codes that it is worth."""

    code = CodeField(label="Code of the app", help_text="Six digits, new every 30 seconds.")

    def is_right(self) -> bool:
        self.codes = second_factor.confirm(self.user, self.cleaned_data["code"])
        return self.codes is not None
