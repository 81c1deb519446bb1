"""All paths: the API of each app, the admin, RQ's pages for superusers, health and documentation."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import RedirectView
from django_rq.urls import get_admin_urlpatterns, get_api_urlpatterns

from slimy.accounts.second_factor_pages import urls as second_factor_urls
from slimy.database.page import database_page
from slimy.documentation import DocsView, SchemaView
from slimy.health.views import live, ready
from slimy.metrics.exposition import metrics
from slimy.problems import page

View = Callable[..., Any]


def superusers_only(view: View) -> View:
    """RQ's own pages can empty queues: staff work in the ledger's admin, superusers may look here too."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.user.is_superuser:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return admin.site.admin_view(checked)


def rq_urls() -> list[Any]:
    """RQ's pages, and the figures that they link to."""
    figures = get_api_urlpatterns()
    for pattern in figures:
        pattern.callback = superusers_only(pattern.callback)
    return [*figures, *get_admin_urlpatterns(view_wrapper=superusers_only)]


def no_icon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it on every page; that there is none is no error."""
    return HttpResponse(status=204, headers={"Cache-Control": "max-age=86400"})


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("api/chat/", include("slimy.jobs.urls")),
    path("api/chat/", include("chat.urls")),
    path("api/", include("guilds.urls")),
    path("api/", include("clubs.urls")),
    path("api/users/", include("slimy.accounts.urls")),
    path("api/schema", SchemaView.as_view(), name="schema"),
    path("api/docs", DocsView.as_view(), name="docs"),
    path("admin/rq/", include((rq_urls(), "django_rq"))),
    path("admin/database/", admin.site.admin_view(database_page), name="database_page"),
    path("admin/second-factor/", include(second_factor_urls())),
    path("admin/", admin.site.urls),
    path("health/live", live),
    path("health/ready", ready),
    path("metrics", metrics),
    path("favicon.ico", no_icon),
]

handler400 = page(400, "bad_request", "The request can't be understood.")
handler403 = page(403, "permission_denied", "You may not do this.")
handler404 = page(404, "not_found", "There is nothing here.")
handler500 = page(500, "internal_error", "Something went wrong on our side.")
