"""Screenshots of a club by drag and drop: checked and stored at once, read by a job in the name of who uploads."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSplitDateTimeWidget, UnfoldBooleanSwitchWidget

from clubs.admin.asking import page, refused, user_of
from clubs.admin.transfer_pages import TransferPages
from clubs.club import Club
from clubs.payloads import FIRST_DAY
from clubs.screenshots.files import MOST_BYTES
from clubs.screenshots.intake import MOST_PICTURES, Wish, arrival_of, keep, refuse_unless_open
from clubs.screenshots.models import Upload
from guilds.models import Role
from guilds.permissions import require, role_in
from slimy.exceptions import InvalidInput, SlimyError
from slimy.jobs.queue import add_job

WHOLE = {"": None, "yes": True, "no": False}


class ScreenshotsForm(forms.Form):
    """What is said about the pictures."""

    observed_at = forms.SplitDateTimeField(
        widget=UnfoldAdminSplitDateTimeWidget,
        required=False,
        label="Taken",
        help_text="When the screenshots were taken, UTC; now, if left empty.",
    )
    complete = forms.ChoiceField(
        choices=[("", "Find out by the N/N on the screen"), ("yes", "Yes"), ("no", "No")],
        required=False,
        widget=UnfoldAdminSelectWidget,
        label="They show the whole club",
        help_text="Who isn't on them has left.",
    )
    hold = forms.BooleanField(
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        label="Let me look first",
        help_text="Nothing counts before somebody has accepted it. Otherwise what is safe counts at once.",
    )

    def clean_observed_at(self) -> datetime | None:
        """The time. Raises ValidationError for what is to come or long past."""
        time: datetime | None = self.cleaned_data["observed_at"]
        if time and not FIRST_DAY <= time <= timezone.now():
            raise ValidationError("Must be between 2015 and now.", code="range")
        return time

    def wish(self) -> Wish:
        """As the API takes it."""
        data = self.cleaned_data
        return Wish(data["observed_at"], "", WHOLE[data["complete"]], data["hold"])


class ScreenshotPages(TransferPages):
    """Mixed into the admin of clubs."""

    actions_detail = ("screenshots", *TransferPages.actions_detail)

    def has_screenshots_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Those who may see clubs and add uploads; the job asks for a role in the guild besides."""
        return self.has_view_permission(request) and request.user.has_perm("clubs.add_upload")

    @action(description="Screenshots", permissions=["screenshots"], url_path="screenshots", icon="add_photo_alternate")
    def screenshots(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page to drop pictures on, and what it posts to: JSON when its script asks, else a page."""
        club = self._club(request, object_id)
        back = reverse("admin:clubs_club_change", args=[club.pk])
        try:
            require(user_of(request), club.pk, Role.CLUB, known=role_in)
            refuse_unless_open(club.pk)
        except SlimyError as error:
            return refused(self, request, error, back)
        form = ScreenshotsForm(request.POST if request.method == "POST" else None)
        wrong: dict[str, Any] = {}
        if request.method == "POST":
            try:
                return self._taken(request, self._upload(request, club, form))
            except SlimyError as error:
                wrong = _wrong(error)
                if _wants_json(request):
                    return JsonResponse(wrong, status=error.status)
        context = {"original": club, "form": form, "back": back, "wrong": wrong, "media": form.media}
        context |= {"most": MOST_PICTURES, "most_mib": MOST_BYTES // 1024 // 1024}
        return page(self, request, "club/screenshots", f"Screenshots of {club}", **context)

    def _upload(self, request: HttpRequest, club: Club, form: ScreenshotsForm) -> Any:
        """Raises what the API's door raises; InvalidInput for the form, too."""
        if not form.is_valid():
            raise InvalidInput(details={name: list(map(str, errors)) for name, errors in form.errors.items()})
        arrival = arrival_of(club.pk, request.FILES.getlist("pictures"), form.wish())
        keep(arrival, user_of(request))
        job = add_job("ocr", "read_club_screenshots", arrival.payload, user_of(request))
        Upload.objects.filter(pk=arrival.upload_id).update(job=job.pk)
        self.log_change(request, club, f"Uploaded {len(arrival.pictures)} screenshots.")
        return arrival.upload_id

    def _taken(self, request: HttpRequest, upload_id: Any) -> HttpResponse:
        there = reverse("admin:clubs_upload_change", args=[upload_id])
        return JsonResponse({"next": there}) if _wants_json(request) else HttpResponseRedirect(there)


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _wrong(error: SlimyError) -> dict[str, Any]:
    """What is wrong, as a whole and with each picture by its number from 0."""
    details = error.details if isinstance(error, InvalidInput) and error.details else {}
    pictures = {name.partition(".")[2]: words for name, words in details.items() if name.startswith("pictures.")}
    others = [word for name, words in details.items() if not name.startswith("pictures.") for word in words]
    said = "Nothing was uploaded: remove what can't be taken." if pictures else error.detail
    return {"detail": " ".join(others) or said, "pictures": pictures}
