"""Uploads in the admin: the list, and the page of each, which is the review desk."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from unfold.decorators import display

from clubs.admin.asking import page
from clubs.admin.decisions import DecisionPages
from clubs.admin.filters import GUILD_FILTER, allowed
from clubs.review.desk import desk_of
from clubs.review.models import Finding, FindingState
from clubs.screenshots.models import Screenshot, Upload, storage
from slimy.admin.filters import DaysFilter
from slimy.admin.window import link, moment
from slimy.ids import parse_id
from slimy.jobs.models import Job

STATES = {"Waiting": "warning", "Review": "danger", "Done": "success", "Failed": "danger"}
PICTURE_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=3600",
    "Content-Disposition": "inline",
}


class UploadAdmin(DecisionPages):
    """Uploads."""

    icon = "add_photo_alternate"
    id_fields = ("pk",)
    list_display = ("title", "guild", "state", "pictures", "accepted", "waiting", "by")
    list_filter = (GUILD_FILTER, ("created_at", DaysFilter))
    list_select_related = ("guild", "uploaded_by")
    search_fields = ("=guild__id", "guild__name")
    search_help_text = "Id of the upload, id or name of the guild"
    sortable_by = ()
    fields = ()

    class Media:
        css = {"all": ("clubs/clubs.css", "clubs/desk.css")}
        js = ("clubs/desk.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Upload]:
        """With counts."""
        uploads: QuerySet[Upload] = (
            super()
            .get_queryset(request)
            .annotate(
                open_rows=_count(Finding.objects.filter(state=FindingState.OPEN)),
                accepted_rows=_count(Finding.objects.filter(state=FindingState.ACCEPTED)),
                picture_count=_count(Screenshot.objects.all()),
            )
        )
        return uploads

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Newest first."""
        return ("-created_at", "-id")

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Guilds can be chosen by those who may see guilds."""
        return allowed(request, super().get_list_filter(request))

    def get_urls(self) -> list[URLPattern]:
        """With the pictures, and how far reading is."""
        site = self.admin_site
        return [
            path("<uuid:upload_id>/picture/<int:number>", site.admin_view(self.picture), name="clubs_upload_picture"),
            path("<uuid:upload_id>/progress", site.admin_view(self.progress), name="clubs_upload_progress"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The review desk; until everything is read, how far that is."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        upload_id = parse_id(unquote(object_id))
        upload = (
            upload_id and self.get_queryset(request).select_related("guild", "uploaded_by").filter(pk=upload_id).first()
        )
        if not upload:
            raise Http404
        context = {
            "original": upload,
            "state": self.state(upload),
            "colour": STATES[self.state(upload)],
            "groups": _facts(upload, request),
            "may_review": self.has_review_permission(request),
        }
        if upload.read_at is None:
            pictures = list(upload.screenshots.order_by("number"))
            return page(self, request, "upload/reading", str(upload), pictures=pictures, job=job_of(upload), **context)
        return page(self, request, "upload/desk", str(upload), desk=desk_of(upload), **context)

    def picture(self, request: HttpRequest, upload_id: Any, number: int) -> HttpResponse:
        """One picture, for those who may see uploads: never a page, whatever is in it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        shots = Screenshot.objects.filter(upload=upload_id, number=number)
        names = shots.values_list("file", flat=True)
        name = names.first()
        if not name:
            raise Http404
        try:
            with storage().open(name) as file:
                return HttpResponse(file.read(), content_type="image/jpeg", headers=PICTURE_HEADERS)
        except FileNotFoundError:
            raise Http404 from None

    def progress(self, request: HttpRequest, upload_id: Any) -> HttpResponse:
        """How far reading is, as JSON: the numbers of the pictures that were read, and the job's state."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        upload = Upload.objects.filter(pk=upload_id).first()
        if upload is None:
            raise Http404
        job = job_of(upload)
        read = upload.screenshots.filter(boxes__isnull=False).order_by("number").values_list("number", flat=True)
        return JsonResponse(
            {
                "finished": upload.read_at is not None,
                "read": list(read),
                "status": job.shown_status if job else "unknown",
                "error": _why(job),
            }
        )

    @display(description="upload", header=True)
    def title(self, upload: Upload) -> tuple[str, str]:
        """When the screenshots were taken, and when they came."""
        return f"Screenshots of {moment(upload.observed_at)}", f"uploaded {moment(upload.created_at)}"

    @display(description="state", label=STATES)
    def state(self, upload: Any) -> str:
        """What is to be done."""
        if upload.read_at is None:
            return "Waiting"
        return "Review" if upload.open_rows else "Done"

    @display(description="pictures")
    def pictures(self, upload: Any) -> int:
        """How many."""
        return int(upload.picture_count)

    @display(description="accepted")
    def accepted(self, upload: Any) -> int:
        """Rows in the standings."""
        return int(upload.accepted_rows)

    @display(description="to review", label="warning")
    def waiting(self, upload: Any) -> str:
        """Rows that wait for somebody."""
        return str(upload.open_rows) if upload.open_rows else ""

    @display(description="by")
    def by(self, upload: Upload) -> str:
        """Who uploaded it."""
        return str(upload.uploaded_by or "-")


def _count(rows: QuerySet[Any]) -> Coalesce:
    """How many of these an upload has."""
    counted = rows.filter(upload=OuterRef("pk")).order_by().values("upload").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def job_of(upload: Upload) -> Job | None:
    """The newest job that reads the upload; jobs are pruned before uploads."""
    return Job.objects.filter(pk=upload.job).first() if upload.job else None


def _why(job: Job | None) -> str:
    """Why reading doesn't go on, for people."""
    if job is None or job.status in ("active", "completed") or not job.errors:
        return ""
    return str(job.errors[-1].get("public") or "Something went wrong.")


def _facts(upload: Upload, request: HttpRequest) -> list[list[tuple[str, Any]]]:
    whole = "yes, who isn't on it has left" if upload.whole else "no" if upload.read_at else "-"
    return [
        [
            ("Guild", link(request, upload.guild)),
            ("Taken", moment(upload.observed_at)),
            ("Shows the whole club", whole),
            ("Members on the screen", "-" if upload.members_shown is None else upload.members_shown),
        ],
        [
            ("Uploaded", moment(upload.created_at)),
            ("By", link(request, upload.uploaded_by)),
            ("Read", moment(upload.read_at)),
            ("Job", link(request, job_of(upload)) if upload.job else "-"),
        ],
    ]
