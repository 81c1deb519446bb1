"""A guild's settings in the admin: looked at on the guild's page, changed on a page of their own, reset by a button."""

from __future__ import annotations

import re
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from unfold.decorators import action

from guilds.admin.settings_form import SettingsForm
from guilds.admin.words import label, lines, rows
from guilds.exceptions import GuildNotFound, SettingsChanged
from guilds.models import Guild, GuildSettings
from guilds.preferences import Changes
from guilds.serializers import SettingsChangeBody
from slimy.accounts.models import User
from slimy.admin.doors import doors_of
from slimy.admin.window import FastAdmin, moment
from slimy.sql import tx

NEWEST = 20  # changes on the page of a guild
_VERSION = re.compile(r"\d{1,9}", re.ASCII)


class SettingsPages(FastAdmin):
    """Mixed into the admin of guilds. Every change is a patch by `GuildSettings.objects`, as in the API."""

    actions_detail = ("change_settings",)

    def has_change_settings_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Those who may see guilds and have the permission."""
        return self.has_view_permission(request) and request.user.has_perm("guilds.change_guildsettings")

    def get_urls(self) -> list[URLPattern]:
        """With what the buttons post to that reset a setting."""
        reset = self.admin_site.admin_view(self.reset_setting)
        return [path("<path:object_id>/settings/reset/", reset, name="guild_settings_reset"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page of a guild, with its settings and their newest changes for those who may see them."""
        guild: Guild | None = context.get("original")
        may_change = self.has_change_settings_permission(request)
        context["doors"] = doors_of(guild, request) if guild else []
        if guild and (may_change or request.user.has_perm("guilds.view_guildsettings")):
            context |= {**_table(guild, _stored(guild)), "may_change_settings": may_change}
        if guild and request.user.has_perm("guilds.view_settingschange"):
            newest = guild.settings_changes.select_related("by").order_by("-version")[:NEWEST]
            context["changes"] = [(change, moment(change.at), lines(change)) for change in newest]
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    @action(description="Change settings", permissions=["change_settings"], url_path="settings", icon="tune")
    def change_settings(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """All settings in a form; what was changed there is written, unless it was made from an old version."""
        guild = self._guild(request, object_id)
        stored = _stored(guild)
        if request.method != "POST":
            return self._settings_page(request, _table(guild, stored, SettingsForm(stored)))
        form, version = SettingsForm(stored, request.POST), _posted_version(request)
        if form.is_valid() and self._patch(request, guild, form.patch, version):
            return _page_of(guild)
        return self._settings_page(request, {**_table(guild, stored, form), "version": version})

    def reset_setting(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give one setting its default again."""
        if not self.has_change_settings_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        guild = self._guild(request, object_id)
        body = SettingsChangeBody(data={request.POST.get("setting", ""): None})
        if body.is_valid():
            self._patch(request, guild, body.validated_data, _posted_version(request), "Reset")
        else:
            self.message_user(request, "There is no such setting.", messages.ERROR)
        return _page_of(guild, "change_settings" if "stay" in request.POST else "change")

    def _patch(self, request: HttpRequest, guild: Guild, changes: Changes, version: int, verb: str = "Changed") -> bool:
        """Patch, log, say so; False when `version` is no longer the current one."""
        what = ", ".join(label(name).lower() for name in changes)
        try:
            with tx():
                if changes:
                    after = GuildSettings.objects.patch(guild, changes, cast("User", request.user), version)
                    self.log_change(request, guild, f"{verb} settings: {what}. That made version {after.version}.")
        except GuildNotFound as gone:
            raise Http404 from gone
        except SettingsChanged:
            self._tell_who_was_faster(request, guild)
            return False
        said = f"{verb} {what}." if changes else "Nothing was changed."
        self.message_user(request, said, messages.SUCCESS if changes else messages.INFO)
        return True

    def _tell_who_was_faster(self, request: HttpRequest, guild: Guild) -> None:
        now = GuildSettings.objects.effective(guild.pk)
        text = (
            "{} changed the settings at {}, after you had opened them. Nothing of yours was saved. "
            '<a class="underline" href="{}">Look at them again</a>, please.'
        )
        url = reverse("admin:guilds_guild_change_settings", args=[guild.pk])
        said = format_html(text, now.updated_by or "Somebody", moment(now.updated_at), url)
        self.message_user(request, said, messages.ERROR)

    def _guild(self, request: HttpRequest, object_id: str) -> Guild:
        guild: Guild | None = self.get_object(request, unquote(object_id))
        if guild is None:
            raise Http404
        return guild

    def _settings_page(self, request: HttpRequest, table: dict[str, Any]) -> HttpResponse:
        more = {"opts": self.opts, "title": f"Settings of {table['original']}", "may_change_settings": True}
        context = {**self.admin_site.each_context(request), **more, **table}
        return TemplateResponse(request, "admin/guilds/guild/settings_form.html", context)


def _stored(guild: Guild) -> GuildSettings | None:
    return GuildSettings.objects.filter(guild=guild).first()


def _table(guild: Guild, stored: GuildSettings | None, form: SettingsForm | None = None) -> dict[str, Any]:
    version = stored.version if stored else 0
    return {"original": guild, "settings": rows(stored, form), "form": form, "version": version}


def _posted_version(request: HttpRequest) -> int:
    """The version that the page was made from; -1, which is never the current one, for anything else."""
    version = request.POST.get("version", "")
    return int(version) if _VERSION.fullmatch(version) else -1


def _page_of(guild: Guild, page: str = "change") -> HttpResponse:
    return HttpResponseRedirect(reverse(f"admin:guilds_guild_{page}", args=[guild.pk]))
