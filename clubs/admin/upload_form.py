"""The form with which staff import rows of a club."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSplitDateTimeWidget, UnfoldBooleanSwitchWidget

from clubs.admin.upload_rows import MOST_BYTES, BadFile, Scans, scans_in
from clubs.payloads import FIRST_DAY
from slimy.wire import instant


class UploadForm(forms.Form):
    """A file, and when what is in it was observed where the file doesn't say."""

    file = forms.FileField(
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.xlsx,.json"}),
        help_text="CSV, XLSX or JSON. Columns: name, and sim, total, observed (a day) where they are known.",
    )
    observed_at = forms.SplitDateTimeField(
        widget=UnfoldAdminSplitDateTimeWidget,
        label="Observed",
        help_text="For rows that don't say it themselves, UTC.",
    )
    complete = forms.BooleanField(
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        label="The file shows the whole club",
        help_text="Who isn't in it has left.",
    )

    def clean_observed_at(self) -> datetime:
        """The time. Raises ValidationError for what is to come or long past."""
        time: datetime = self.cleaned_data["observed_at"]
        if not FIRST_DAY <= time <= timezone.now():
            raise ValidationError("Must be between 2015 and now.", code="range")
        return time

    def clean_file(self) -> Scans:
        """The rows by time. Raises ValidationError with what is wrong with the file."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(f"At most {MOST_BYTES // 1024:,} KiB can be imported at once.", code="too_large")
        try:
            return scans_in(file.name, file.read())
        except BadFile as error:
            raise ValidationError(str(error), code="bad_file") from error

    def payloads(self, guild_id: str) -> list[dict[str, Any]]:
        """What the jobs take, one for each time, oldest first."""
        given, complete = instant(self.cleaned_data["observed_at"]), self.cleaned_data["complete"]
        return [
            {"guildId": guild_id, "observedAt": when or given, "complete": complete, "ocrResult": {"rows": rows}}
            for when, rows in sorted(self.cleaned_data["file"].items(), key=lambda scan: scan[0] or given or "")
        ]
