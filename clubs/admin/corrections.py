"""What staff say members' powers were: added and removed, never edited."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from unfold.contrib.filters.admin import ChoicesRadioFilter
from unfold.decorators import display

from clubs.admin.asking import page, refused, told, user_of
from clubs.admin.cells import exact, power
from clubs.admin.correction_form import CorrectionForm, RemovalForm
from clubs.admin.filters import GUILD_FILTER, RemovedFilter, allowed
from clubs.corrections import correct, remove
from clubs.models import Correction
from slimy.admin.filters import DaysFilter
from slimy.admin.window import FastAdmin, link, moment
from slimy.sql import tx

STATES = {"counts": "success", "removed": "default"}


class CorrectionAdmin(FastAdmin):
    """Corrections."""

    icon = "edit_note"
    form = CorrectionForm
    list_display = ("what", "guild", "monday", "amount", "reason", "author", "created", "state")
    list_filter = (GUILD_FILTER, ("metric", ChoicesRadioFilter), RemovedFilter, ("week", DaysFilter))
    list_select_related = ("member", "guild", "author")
    search_fields = ("member__display_name", "member__member_key", "reason")
    search_help_text = "Name of the member, or reason"
    sortable_by = ()
    ordering = ("-id",)
    autocomplete_fields = ("member",)
    fields = ("member", "metric", "week", "value", "reason")

    class Media:
        css = {"all": ("clubs/clubs.css",)}

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody edits one: remove it and add another."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: one that is removed stays on record."""
        return False

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Guilds can be chosen by those who may see guilds."""
        return allowed(request, super().get_list_filter(request))

    def get_urls(self) -> list[URLPattern]:
        """With the page that asks before removing."""
        view = self.admin_site.admin_view(self.remove_view)
        return [path("<path:object_id>/remove/", view, name="clubs_correction_remove"), *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: Correction, form: Any, change: bool) -> None:
        """By the verb: with its author, the one before removed, and the standings brought in line."""
        made = correct(obj.member, obj.metric, obj.week, obj.value, obj.reason, user_of(request))
        obj.pk, obj.guild_id, obj.author_id = made.pk, made.guild_id, made.author_id
        said = f"Corrected {obj.get_metric_display()}, week of {obj.week}, to {obj.value:,}. Reason: {obj.reason}"
        self.log_change(request, obj.member, said)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page of a correction that is there."""
        correction: Correction | None = context.get("original")
        if correction:
            may_remove = correction.removed_at is None and request.user.has_perm("clubs.delete_correction")
            context |= {"groups": _facts(correction, request), "may_remove": may_remove}
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def remove_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then let what was read count again."""
        if not (self.has_view_permission(request) and request.user.has_perm("clubs.delete_correction")):
            raise PermissionDenied
        correction: Correction | None = self.get_object(request, unquote(object_id))
        if correction is None:
            raise Http404
        back, form = _back(request, correction), RemovalForm(request.POST or None)
        if correction.removed_at:
            return refused(self, request, "This correction was removed before.", back)
        if form.is_valid():
            return self._remove(request, correction, form.cleaned_data["reason"], back)
        context = {"original": correction, "value": exact(correction.value), "form": form, "back": back}
        return page(self, request, "correction/remove", f"Remove: {correction}", **context)

    def _remove(self, request: HttpRequest, correction: Correction, reason: str, back: str) -> HttpResponse:
        with tx():
            if not remove(correction, user_of(request)):
                return refused(self, request, "This correction was removed before.", back)
            for target in (correction, correction.member):
                self.log_change(request, target, f"Removed the correction {correction}. Reason: {reason}")
        return told(self, request, f"Removed: {correction}. What was read counts again.", back)

    @display(description="correction", header=True)
    def what(self, correction: Correction) -> tuple[str, str]:
        """Of whom, and which metric."""
        return correction.member.display_name, correction.get_metric_display()

    @display(description="value", header=True)
    def amount(self, correction: Correction) -> tuple[str, str]:
        """What they say it was."""
        return power(correction.value)

    @display(description="week of")
    def monday(self, correction: Correction) -> str:
        """Its Monday."""
        return correction.week.isoformat()

    @display(description="added")
    def created(self, correction: Correction) -> str:
        """When."""
        return moment(correction.created_at)

    @display(description="state", label=STATES)
    def state(self, correction: Correction) -> str:
        """Whether it counts."""
        return "removed" if correction.removed_at else "counts"


def _facts(correction: Correction, request: HttpRequest) -> list[list[tuple[str, Any]]]:
    return [
        [
            ("Member", link(request, correction.member)),
            ("Guild", link(request, correction.guild)),
            ("Metric", correction.get_metric_display()),
            ("Week of", f"{correction.week}"),
            ("Value", exact(correction.value)),
        ],
        [
            ("Reason", correction.reason),
            ("Author", link(request, correction.author)),
            ("Added", moment(correction.created_at)),
            ("Removed", moment(correction.removed_at)),
            ("Removed by", link(request, correction.removed_by)),
        ],
    ]


def _back(request: HttpRequest, correction: Correction) -> str:
    """The member's page for those who may see it, else the list."""
    if request.user.has_perm("clubs.view_member"):
        return reverse("admin:clubs_member_change", args=[correction.member_id])
    return reverse("admin:clubs_correction_changelist")
