"""The admin's site: its apps in the order of their use, and the menu made of them."""

from typing import Any

from django.apps import apps
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from unfold.sites import UnfoldAdminSite

from slimy.accounts.guesses import remember_browser
from slimy.admin.home import figures, home

FIRST, LAST = "jobs", "accounts"
HOMES = {"auth": "accounts"}  # whose models are shown under another app


class Choices(AutocompleteJsonView):
    """What a field offers to choose from; a model's admin may say how its rows are named there."""

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        """A row by key, and what is shown of it."""
        named = getattr(self.model_admin, "name_in_choices", str)
        return {**super().serialize_result(obj, to_field_name), "text": named(obj)}


class Site(UnfoldAdminSite):
    """Jobs first, accounts last, the other apps between them as they are installed; models as they are registered."""

    index_title = "Home"
    index_template = "slimy/home.html"

    def extra_urls(self) -> list[Any]:
        """Pages that are no model's."""
        return [path("figures.json", self.admin_view(figures), name="figures")]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The home page."""
        page: TemplateResponse = super().index(request, {**home(request), **(extra_context or {})})
        return page

    login_template = "slimy/sign_in.html"

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The page to sign in; a browser that did is known from then on."""
        response: HttpResponse = super().login(request, extra_context)
        if request.method == "POST" and request.user.is_authenticated:
            remember_browser(response, request.user.get_username())
        return response

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """What the user may see: all apps, or only `app_label`."""
        found: dict[str, dict[str, Any]] = self._build_app_dict(request)
        for guest, host in HOMES.items():
            if guest in found:
                _move_in(found, guest, host)
        ordered = sorted(found.values(), key=lambda app: _place(app["app_label"]))
        wanted = HOMES.get(app_label or "", app_label)
        return [app for app in ordered if wanted in (None, app["app_label"])]

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:
        """`Choices` for a field."""
        return Choices.as_view(admin_site=self)(request)

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Entries of the menu for `?s=` (Ctrl-K). Unfold's own view caches objects that a JSON cache can't hold."""
        term = request.GET.get("s", "").strip().lower()
        results = self._search_apps(self.get_app_list(request), term) if term else []
        paginator = Paginator(results, 100)
        template = f"unfold/helpers/{'command' if 'extended' in request.GET else 'search'}_results.html"
        context = {"page_obj": paginator, "results": paginator.page(1), "page_counter": 0, "execution_time": 0}
        return TemplateResponse(request, template, context, headers={"HX-Trigger": "search"})

    def menu(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The sidebar: a group for each app, with the icon that each model's admin names."""
        groups = [
            {"title": app["name"], "app": app["app_label"], "items": self._entries(app)}
            for app in self.get_app_list(request)
        ]
        for group in groups:
            group["items"] += self._pages(request, group["app"])
            if group["app"] == FIRST:
                group["items"].append({"title": "Database", "icon": "database", "link": reverse("database_page")})
            if group["app"] == FIRST and request.user.is_superuser:
                group["items"].append({"title": "RQ", "icon": "dns", "link": reverse("django_rq:home")})
        return _with_the_page_marked(groups, request.path)

    def _pages(self, request: HttpRequest, app_label: str) -> list[dict[str, str]]:
        """What the admins of an app's models show besides their lists, as `menu_pages` of each says."""
        admins = [admin for model, admin in self._registry.items() if model._meta.app_label == app_label]  # noqa: SLF001
        return [
            {"title": title, "icon": icon, "link": reverse(f"admin:{name}")}
            for admin in admins
            if admin.has_view_permission(request)
            for title, icon, name in getattr(admin, "menu_pages", ())
        ]

    def _entries(self, app: dict[str, Any]) -> list[dict[str, str]]:
        return [
            {
                "title": model["name"],
                "icon": getattr(self._registry[model["model"]], "icon", "table_rows"),
                "link": model["admin_url"],
            }
            for model in app["models"]
            if model["admin_url"]
        ]


def _with_the_page_marked(groups: list[dict[str, Any]], path: str) -> list[dict[str, Any]]:
    """The entry that the page belongs to is marked, and no other: the one with the longest link that leads to it."""
    items = [item for group in groups for item in group["items"]]
    marked = max((item["link"] for item in items if path.startswith(item["link"])), key=len, default="")
    for item in items:
        item["active"] = item["link"] == marked
    return groups


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """UNFOLD["SIDEBAR"]["navigation"]."""
    from django.contrib import admin

    menu: list[dict[str, Any]] = admin.site.menu(request)  # type: ignore[attr-defined]
    return menu


def account_links(request: HttpRequest) -> list[dict[str, str]]:
    """UNFOLD["ACCOUNT"]["navigation"]: what staff do about themselves, in the menu at their name."""
    return [
        {"title": "Second factor", "link": reverse("second_factor")},
        {"title": "Change password", "link": reverse("admin:password_change")},
    ]


def live_script(request: HttpRequest) -> str:
    """UNFOLD["SCRIPTS"]: pages that renew themselves, and their charts."""
    return static("slimy/live.js")


def chart_script(request: HttpRequest) -> str:
    """UNFOLD["SCRIPTS"]: the charts of panels."""
    return static("slimy/panels.js")


def stylesheet(request: HttpRequest) -> str:
    """UNFOLD["STYLES"]: what unfold's own style sheet lacks."""
    return static("slimy/admin.css")


def window_stylesheet(request: HttpRequest) -> str:
    """UNFOLD["STYLES"]: the home page and the pages of jobs."""
    return static("slimy/window.css")


def _move_in(found: dict[str, dict[str, Any]], guest: str, home: str) -> None:
    moving = found.pop(guest)
    if home in found:
        found[home]["models"] += moving["models"]
    else:
        name = apps.get_app_config(home).verbose_name
        url = reverse("admin:app_list", kwargs={"app_label": home})
        found[home] = {**moving, "app_label": home, "name": name, "app_url": url}


def _place(app_label: str) -> tuple[bool, bool, int]:
    return (app_label != FIRST, app_label == LAST, list(apps.app_configs).index(app_label))
