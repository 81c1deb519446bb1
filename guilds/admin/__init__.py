"""Guilds as staff see them: members, settings beside their defaults, and who changed what.

What staff may do here is said by Django's permissions (view, add, change, delete of each model); roles in a guild are
for the API (guilds/permissions.py).
"""

from typing import Any

from django.contrib import admin
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField, OuterRef, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from guilds.admin.history import SettingsChangeAdmin
from guilds.admin.members import MembershipAdmin, MembersInline, NewMembersInline
from guilds.admin.settings_pages import SettingsPages
from guilds.models import Guild, Membership, SettingsChange
from slimy.admin.deletion import Counted, counted_deletion
from slimy.admin.subjects import subject
from slimy.admin.window import moment
from slimy.cache import invalidate_together
from slimy.sql import tx

COUNTED = 10_000  # members that are counted of each guild

subject("guildId", Guild)


@admin.register(Guild)
class GuildAdmin(SettingsPages):
    """Guilds. The id is Discord's, so it never changes."""

    icon = "groups"
    list_display = ("title", "owner", "members_counted", "created")
    list_select_related = ("owner",)
    list_disable_select_all = True  # beyond the page
    search_fields = ("name", "=id", "owner__username")
    search_help_text = "Name, owner or id"
    sortable_by = ("title", "created")
    ordering = ("name", "id")
    fields = ("id", "name", "icon", "owner")
    autocomplete_fields = ("owner",)
    inlines = (NewMembersInline, MembersInline)
    warn_unsaved_form = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Guild]:
        """With the number of members, up to `COUNTED` + 1."""
        members = Membership.objects.filter(guild=OuterRef("pk")).values("user")[: COUNTED + 1]
        count = Func(ArraySubquery(members), function="cardinality", output_field=IntegerField())
        guilds: QuerySet[Guild] = super().get_queryset(request).annotate(member_count=count)
        return guilds

    def get_readonly_fields(self, request: HttpRequest, obj: Guild | None = None) -> tuple[str, ...]:
        """Once it is there, what never changes."""
        return ("id", "created") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Guild | None = None) -> tuple[str, ...]:
        """When it came here, once it did."""
        return (*self.fields, "created") if obj else self.fields

    def save_model(self, request: HttpRequest, obj: Guild, form: Any, change: bool) -> None:
        """Only what was changed: a guild that is saved drops the cached profiles of all its members."""
        if form.has_changed():
            super().save_model(request, obj, form, change)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Counted:
        """What goes with them, counted: Django would list every member."""
        return counted_deletion(list(objs), request)

    def delete_model(self, request: HttpRequest, obj: Guild) -> None:
        """One."""
        self.delete_queryset(request, Guild.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Guild]) -> None:
        """The cache is told of all members in one message, instead of one for each."""
        with tx(), invalidate_together():
            queryset.delete()

    @display(description="guild", ordering="name", header=True)
    def title(self, guild: Guild) -> tuple[str, str]:
        """Its name, and its id."""
        return guild.name, guild.pk

    @display(description="members")
    def members_counted(self, guild: Any) -> str:
        """How many, or more than so many."""
        return f"{guild.member_count:,}" if guild.member_count <= COUNTED else f"more than {COUNTED:,}"

    @display(description="created", ordering="created_at")
    def created(self, guild: Guild) -> str:
        """When it came here."""
        return moment(guild.created_at)


admin.site.register(Membership, MembershipAdmin)  # after guilds, so the menu has them in this order
admin.site.register(SettingsChange, SettingsChangeAdmin)
