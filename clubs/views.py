"""The clubs API: reads come from the cache, files are made at once, a scan becomes a job."""

from itertools import chain
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from clubs import examples, exports, reads
from clubs.access import admit, require_role
from clubs.payloads import ScanBody
from clubs.queries import HISTORY, ExportQuery, HistoryQuery, LatestQuery, MoversQuery
from clubs.serializers import AggregatesAnswer, HistoryAnswer, LatestAnswer, MoversAnswer
from clubs.sheets import as_csv, as_xlsx
from guilds.models import Role
from guilds.views import GUILD_ID
from slimy.api import ApiView, body_of
from slimy.jobs.serializers import AcceptedDocument
from slimy.jobs.views import JobView
from slimy.openapi import accepts_job, sends
from slimy.openapi import reads as answers

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEY = OpenApiParameter(
    "key", str, OpenApiParameter.PATH, description="The member's key, an alias of it, or the name in any spelling."
)


class ClubView(ApiView):
    """A read of a club: for members of the guild, and for everybody when its settings say `allowPublic`."""

    permission_classes = (AllowAny,)  # `admit` decides

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Also whether who asks may see this club."""
        super().initial(request, *args, **kwargs)
        admit(self.user, kwargs["guild_id"])


class LatestView(ClubView):
    """The standings."""

    query = LatestQuery

    @answers(LatestAnswer, 403, 404, parameters=[GUILD_ID])
    def get(self, request: Request, guild_id: str) -> Response:
        """Where everybody stands, best first, with the change in a week."""
        return Response({"ok": True, **reads.latest(guild_id, **self.params)})


class MoversView(ClubView):
    """Changes."""

    query = MoversQuery

    @answers(MoversAnswer, 403, 404, parameters=[GUILD_ID])
    def get(self, request: Request, guild_id: str) -> Response:
        """Who gained and who lost most in a week, and who joined or left lately."""
        return Response({"ok": True, **reads.movers(guild_id, **self.params)})


class AggregatesView(ClubView):
    """The club in figures."""

    @answers(AggregatesAnswer, 403, 404, parameters=[GUILD_ID])
    def get(self, request: Request, guild_id: str) -> Response:
        """Members, sums, averages and medians of their powers, and the club's trend by weeks."""
        return Response({"ok": True, **reads.aggregates(guild_id)})


class HistoryView(ClubView):
    """One member."""

    query = HistoryQuery

    @answers(HistoryAnswer, 403, 404, parameters=[GUILD_ID, KEY])
    def get(self, request: Request, guild_id: str, key: str) -> Response:
        """What was observed of a member, newest first."""
        return Response({"ok": True, **reads.history(guild_id, key, **self.params)})


class ExportView(ClubView):
    """A file; all of history is for who keeps the club."""

    query = ExportQuery

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Also whether who asks may have all of history."""
        super().initial(request, *args, **kwargs)
        if request.method in self.allowed_methods and self.params["what"] == HISTORY:
            require_role(self.user, kwargs["guild_id"], Role.CLUB)

    def file(self, content: Any, media_type: str, guild_id: str, suffix: str) -> HttpResponseBase:
        """The answer that browsers save."""
        kind = HttpResponse if isinstance(content, bytes) else StreamingHttpResponse
        name = f"club-{guild_id}-{self.params['what']}-{timezone.now():%Y-%m-%d}.{suffix}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
        response: HttpResponseBase = kind(content, content_type=media_type, headers=headers)
        return response


class CsvView(ExportView):
    """CSV."""

    @sends(CSV, "UTF-8 with a byte order mark, RFC 4180.", 403, 404, parameters=[GUILD_ID])
    def get(self, request: Request, guild_id: str) -> HttpResponseBase:
        """The standings, or all observations, as CSV."""
        pieces = as_csv(exports.table(guild_id, **self.params))
        first = next(pieces)  # what fails now is still an answer
        return self.file(chain([first], pieces), f"{CSV}; charset=utf-8", guild_id, "csv")


class XlsxView(ExportView):
    """XLSX."""

    @sends(XLSX, "A workbook of one sheet; times are in UTC.", 403, 404, parameters=[GUILD_ID])
    def get(self, request: Request, guild_id: str) -> HttpResponseBase:
        """The standings, or at most 20 000 observations, as a workbook."""
        content = as_xlsx(exports.bounded(exports.table(guild_id, **self.params)))
        return self.file(content, XLSX, guild_id, "xlsx")


class IngestView(JobView):
    """Scans."""

    @accepts_job(ScanBody, AcceptedDocument, 404, parameters=[GUILD_ID], examples=examples.NEW_SCAN)
    def post(self, request: Request, guild_id: str) -> Response:
        """Ingest what was read of screenshots. For roles club and admin."""
        require_role(self.user, guild_id, Role.CLUB)
        body = body_of(request)
        ScanBody(data=body).is_valid(raise_exception=True)
        return self.accept(request, "ingest_club_metrics", {**body, "guildId": guild_id})


class RescanView(JobView):
    """Standings made anew."""

    @accepts_job(None, AcceptedDocument, 404, parameters=[GUILD_ID])
    def post(self, request: Request, guild_id: str) -> Response:
        """Make the standings anew from history. For role admin."""
        require_role(self.user, guild_id, Role.ADMIN)
        return self.accept(request, "recompute_club_latest", {"guildId": guild_id})
