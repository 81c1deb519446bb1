"""Screenshots at the API."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from clubs.access import require_role
from clubs.choices import PageType
from clubs.payloads import ObservedField
from clubs.screenshots.files import MOST_BYTES
from clubs.screenshots.intake import MOST_PICTURES, Wish, arrival_of, keep, refuse_unless_open
from guilds.models import Role
from guilds.views import GUILD_ID
from slimy.exceptions import InvalidInput
from slimy.jobs.serializers import AcceptedDocument
from slimy.jobs.views import JobView
from slimy.openapi import accepts_job
from slimy.wire import ChoiceField, IdField, WholeNumberField, WireSerializer

FORM_ROOM = 1024 * 1024  # for what a form has besides its files
_FLAGS = {"true": True, "false": False}  # as text: a form has nothing else


class WishForm(WireSerializer):
    """What a form says besides the pictures."""

    observed_at = ObservedField(required=False, help_text="When the screenshots were taken; now, if left out.")
    page_type = ChoiceField(choices=PageType.values, required=False, help_text="What they show, if that is known.")
    complete = ChoiceField(
        choices=[*_FLAGS], required=False, help_text="They show the whole club: who isn't on them has left."
    )
    hold = ChoiceField(
        choices=[*_FLAGS],
        required=False,
        help_text="Nothing counts before somebody has accepted it; else what is safe does.",
    )


class ScreenshotsForm(WishForm):
    """Body of `POST /api/guilds/<id>/club/screenshots`."""

    pictures = serializers.ListField(
        child=serializers.FileField(), min_length=1, max_length=MOST_PICTURES, help_text="PNG, JPEG or WEBP."
    )


class ScreenshotsAccepted(AcceptedDocument):
    """The pictures are stored and will be read."""

    upload_id = IdField(help_text="The same pictures with the same fields are the same upload.")
    pictures = WholeNumberField(min_value=1)
    duplicates = WholeNumberField(min_value=0, help_text="Pictures that came more than once and were left out.")


class ScreenshotsView(JobView):
    """Screenshots of a club."""

    parser_classes = (MultiPartParser,)  # type: ignore[assignment]
    max_body_bytes = MOST_PICTURES * MOST_BYTES + FORM_ROOM

    @accepts_job(ScreenshotsForm, ScreenshotsAccepted, 404, 409, 501, parameters=[GUILD_ID])
    def post(self, request: Request, guild_id: str) -> Response:
        """Read the members off screenshots. For roles club and admin; needs OCR to be installed."""
        require_role(self.user, guild_id, Role.CLUB)
        refuse_unless_open(guild_id)
        arrival = arrival_of(guild_id, _files(request), _wish(request))
        response = self.accept(request, "read_club_screenshots", arrival.payload, partial(keep, arrival, self.user))
        if response.status_code == 202:
            response.data |= {
                "uploadId": str(arrival.upload_id),
                "pictures": len(arrival.pictures),
                "duplicates": arrival.duplicates,
            }
        return response


def _files(request: Request) -> list[UploadedFile[Any]]:
    """The files of the field `pictures`. Raises InvalidInput for those of other fields."""
    if strangers := [name for name in request.FILES if name != "pictures"]:
        raise InvalidInput(details={name[:64]: ["This field is not known."] for name in strangers[:20]})
    files: list[UploadedFile[Any]] = request.FILES.getlist("pictures")
    return files


def _wish(request: Request) -> Wish:
    form = WishForm(data={name: values[-1] for name, values in request.POST.lists()})
    form.is_valid(raise_exception=True)
    said = {name: _FLAGS.get(value, value) for name, value in form.validated_data.items()}
    return Wish(**said)
