"""What the buttons of the review desk post to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path, reverse

from clubs.admin.asking import refused, told, user_of
from clubs.exceptions import CannotDecide
from clubs.review.decisions import accept, accept_safe, reopen, skip
from clubs.review.form import said_in
from clubs.screenshots.models import Upload
from slimy.admin.window import Window
from slimy.exceptions import SlimyError

LONGEST = 12  # digits of ids and versions


class DecisionPages(Window):
    """Mixed into the admin of uploads."""

    def has_review_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Those who may see uploads and have the permission."""
        return self.has_view_permission(request) and request.user.has_perm("clubs.review_upload")

    def get_urls(self) -> list[URLPattern]:
        """With the decisions."""
        view = self.admin_site.admin_view
        return [
            path("<uuid:upload_id>/decide", view(self.decide), name="clubs_upload_decide"),
            path("<uuid:upload_id>/accept-safe", view(self.accept_all_safe), name="clubs_upload_accept_safe"),
            *super().get_urls(),
        ]

    def decide(self, request: HttpRequest, upload_id: UUID) -> HttpResponse:
        """One row: accept it as the form says, as a new member, skip it, or take it up again."""
        if refusal := self._refusal(request):
            return refusal
        back = reverse("admin:clubs_upload_change", args=[upload_id])
        try:
            text = self._decided(request, upload_id)
        except SlimyError as error:
            return refused(self, request, error, back)
        return told(self, request, text, back)

    def accept_all_safe(self, request: HttpRequest, upload_id: UUID) -> HttpResponse:
        """All rows that nothing is doubtful about."""
        if refusal := self._refusal(request):
            return refusal
        back = reverse("admin:clubs_upload_change", args=[upload_id])
        try:
            count = accept_safe(upload_id, user_of(request))
        except SlimyError as error:
            return refused(self, request, error, back)
        level = messages.SUCCESS if count else messages.WARNING
        return told(self, request, f"Accepted {count} safe row{'s' * (count != 1)}.", back, level)

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        if not self.has_review_permission(request):
            raise PermissionDenied
        return None if request.method == "POST" else HttpResponseNotAllowed(["POST"])

    def _decided(self, request: HttpRequest, upload_id: UUID) -> str:
        form, user = request.POST, user_of(request)
        finding, version = _number(form.get("finding", "")), _number(form.get("version", ""))
        action = form.get("action", "accept")
        if action == "skip":
            return f"Skipped {skip(upload_id, finding, version, user)}."
        if action == "reopen":
            return f"{reopen(upload_id, finding, version, user)} is open again."
        if action not in ("accept", "new"):
            raise CannotDecide
        guild_id = Upload.objects.filter(pk=upload_id).values_list("guild_id", flat=True).first() or ""
        said = said_in({name: form.get(name, "") for name in form}, guild_id, is_new=action == "new")
        return f"Accepted {accept(upload_id, finding, version, said, user)}."


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST):
        raise CannotDecide
    return int(text)
