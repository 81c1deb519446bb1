"""The form in which staff say what a member's power was in a week."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from clubs.corrections import monday_of
from clubs.models import Correction
from clubs.payloads import FIRST_DAY
from clubs.powers import NotAPower, parse_power


class CorrectionForm(forms.ModelForm):  # type: ignore[type-arg]
    """A correction. It takes the place of the one that counts until then for the same member, metric and week."""

    value = forms.CharField(
        max_length=40,
        widget=UnfoldAdminTextInputWidget,
        help_text="All digits, or short: 14,321,191 · 14.321191M · 1.5K",
    )

    class Meta:
        model = Correction
        fields = ("member", "metric", "week", "value", "reason")
        widgets = {"reason": UnfoldAdminTextareaWidget(attrs={"rows": 3})}
        help_texts = {"week": "Any day of the week; the correction counts from its Monday to its Sunday, UTC."}

    def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
        kwargs["initial"] = _with_member(kwargs.get("initial"))
        super().__init__(_with_member(data), files, **kwargs)

    def clean_week(self) -> date:
        """The Monday of the week. Raises ValidationError for what is to come or long past."""
        monday = monday_of(self.cleaned_data["week"])
        if not FIRST_DAY.date() <= monday <= timezone.now().date():
            raise ValidationError("Must be between 2015 and now.", code="range")
        return monday

    def clean_value(self) -> int:
        """The power. Raises ValidationError with what is wrong with it."""
        try:
            return parse_power(self.cleaned_data["value"])
        except NotAPower as error:
            raise ValidationError(error.reason, code="power") from error

    def clean_reason(self) -> str:
        """The reason, which says something."""
        return str(self.cleaned_data["reason"]).strip()

    def validate_constraints(self) -> None:
        """Nothing: that there may be one correction a week is what `correct` sees to, by replacing the other."""

    def save(self, commit: bool = True) -> Any:
        """As Django's; the admin writes it with `correct`."""
        return super().save(commit=False)


class RemovalForm(forms.Form):
    """Why a correction is removed."""

    reason = forms.CharField(max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


def _with_member(values: Any) -> Any:
    """What was sent, without what can't be the key of a member: the field would ask the database for it."""
    member = str(values.get("member", "")) if values else ""
    if not member or (member.isdecimal() and len(member) < 19):
        return values
    kept = values.copy()
    kept["member"] = ""
    return kept
