"""Rows into a club and out of it: an upload becomes a job, as all that changes history; exports are the API's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import action

from clubs import exports
from clubs.admin.asking import page, refused, told, user_of
from clubs.admin.upload_form import UploadForm
from clubs.club import Club
from clubs.queries import HISTORY, INCLUDE, STANDINGS
from clubs.sheets import as_csv, as_xlsx
from clubs.views import CSV, XLSX
from guilds.models import Role
from guilds.permissions import require, role_in
from slimy.admin.window import Window, link
from slimy.exceptions import InvalidInput, NotAllowed, SlimyError
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from slimy.sql import tx

MEDIA_TYPES = {"csv": f"{CSV}; charset=utf-8", "xlsx": XLSX}


class TransferPages(Window):
    """Mixed into the admin of clubs."""

    actions_detail: tuple[str, ...] = ("import_rows",)

    def get_urls(self) -> list[URLPattern]:
        """With the files."""
        view = self.admin_site.admin_view(self.export)
        route = "<path:object_id>/export/<str:what>.<str:kind>"
        return [path(route, view, name="clubs_club_export"), *super().get_urls()]

    def has_import_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Those who may see clubs and add scans; the job asks for a role in the guild besides."""
        return self.has_view_permission(request) and request.user.has_perm("clubs.add_scan")

    @action(description="Import", permissions=["import"], url_path="import", icon="upload")
    def import_rows(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Rows of a file, by a job for each time that they were observed at."""
        club, form = self._club(request, object_id), UploadForm(request.POST or None, request.FILES or None)
        back = reverse("admin:clubs_club_change", args=[club.pk])
        try:
            require(user_of(request), club.pk, Role.CLUB, known=role_in)
        except NotAllowed as error:
            why = "An import is a job in your name, and for that you need the role club or admin in this guild."
            return refused(self, request, f"{error.detail} {why}", back)
        if form.is_valid():
            try:
                return told(self, request, _accepted(request, self._import(request, club, form)), back)
            except SlimyError as error:
                form.add_error(NON_FIELD_ERRORS, _in_words(error))
        context = {"original": club, "form": form, "back": back, "media": form.media}
        return page(self, request, "club/upload", f"Import into {club}", **context)

    def export(self, request: HttpRequest, object_id: str, what: str, kind: str) -> HttpResponseBase:
        """Standings or history as CSV or XLSX: the API's files, with those who left."""
        if not (self.has_view_permission(request) and request.user.has_perm("clubs.view_member")):
            raise PermissionDenied
        club = self._club(request, object_id)
        if what not in (STANDINGS, HISTORY) or kind not in ("csv", "xlsx"):
            raise Http404
        table = exports.table(club.pk, what, sort="total", left=INCLUDE)
        try:
            file = as_csv(table) if kind == "csv" else as_xlsx(exports.bounded(table))
        except InvalidInput as error:
            return refused(self, request, _in_words(error), reverse("admin:clubs_club_change", args=[club.pk]))
        return _download(file, f"club-{club.pk}-{what}-{timezone.now():%Y-%m-%d}", kind)

    def _import(self, request: HttpRequest, club: Club, form: UploadForm) -> list[Job]:
        with tx():
            jobs = [
                add_job("database", "ingest_club_metrics", payload, user_of(request))
                for payload in form.payloads(club.pk)
            ]
            self.log_change(request, club, f"Imported a file: {len(jobs)} job{'s' * (len(jobs) > 1)}.")
        return jobs

    def _club(self, request: HttpRequest, object_id: str) -> Club:
        club: Club | None = self.get_object(request, unquote(object_id))
        if club is None:
            raise Http404
        return club


def _download(content: bytes | Iterable[bytes], name: str, kind: str) -> HttpResponseBase:
    """An answer that browsers save."""
    answer = HttpResponse if isinstance(content, bytes) else StreamingHttpResponse
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"', "X-Content-Type-Options": "nosniff"}
    response: HttpResponseBase = answer(content, content_type=MEDIA_TYPES[kind], headers=headers)
    return response


def _accepted(request: HttpRequest, jobs: list[Job]) -> Any:
    if len(jobs) > 1:
        return f"Accepted: {len(jobs)} jobs, one for each time. The figures follow when they are done."
    return format_html("Accepted: {}. The figures follow when it is done.", link(request, jobs[0]))


def _in_words(error: SlimyError) -> str:
    """What the job's own check says, with the fields that it names."""
    if not isinstance(error, InvalidInput) or not error.details:
        return error.detail
    return f"{error.detail} {_flat(error.details)}"


def _flat(details: Any) -> str:
    if isinstance(details, dict):
        return "; ".join(f"{name}: {_flat(value)}" for name, value in list(details.items())[:5])
    return " ".join(map(_flat, details)) if isinstance(details, (list, tuple)) else str(details)
