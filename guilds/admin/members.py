"""Who is in a guild: the first of them on its page, all of them in a list of their own."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesRadioFilter
from unfold.decorators import display

from guilds.models import Guild, Membership, Role
from slimy.accounts.models import User
from slimy.admin.window import FastAdmin, moment
from slimy.snowflakes import is_snowflake

SHOWN = 50  # members on the page of a guild
SEARCHED = 100  # users whose names begin as the search does
COLOURS = {Role.MEMBER.label: "info", Role.CLUB.label: "primary", Role.ADMIN.label: "warning"}
GUILD_FILTER = ("guild", AutocompleteSelectFilter)


class FirstMembers(BaseInlineFormSet):  # type: ignore[type-arg]
    """The first `SHOWN` rows; of those that a browser sends back, only they are read."""

    def get_queryset(self) -> QuerySet[Membership]:
        """The rows of the forms."""
        if not hasattr(self, "_queryset"):
            rows = super().get_queryset()
            self._queryset = rows.filter(pk__in=self._posted()) if self.is_bound else rows[:SHOWN]
        return self._queryset

    def _posted(self) -> list[int]:
        sent = [self.data.get(f"{self.add_prefix(n)}-id", "") for n in range(min(self.initial_form_count(), SHOWN))]
        return [int(pk) for pk in sent if pk.isdecimal() and len(pk) < 19]


class MembersInline(TabularInline):
    """The first members: their roles can be changed, and they can be removed."""

    model = Membership
    formset = FirstMembers
    fields = ("user", "role", "joined")
    readonly_fields = ("user", "joined")
    ordering = ("-role", "id")
    template_before = "admin/guilds/guild/members.html"
    verbose_name_plural = "members"
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """With their users."""
        rows: QuerySet[Membership] = super().get_queryset(request).prefetch_related("user")
        return rows

    def has_add_permission(self, request: HttpRequest, obj: Guild | None = None) -> bool:
        """Members are added in the table before this one."""
        return False

    @display(description="joined")
    def joined(self, membership: Membership) -> str:
        """Since when."""
        return moment(membership.joined_at)


class NewMember(ModelForm):  # type: ignore[type-arg]
    """Somebody to be added. Django checks no constraint that the guild has part in, as it isn't on the form."""

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError for those who are in the guild already."""
        user = self.cleaned_data.get("user")
        if user and Membership.objects.filter(guild=self.instance.guild_id, user=user).exists():
            raise ValidationError(f"{user} is a member already.", code="unique")
        return self.cleaned_data


class NewMembersInline(TabularInline):
    """People to be added."""

    model = Membership
    form = NewMember
    fields = ("user", "role")
    autocomplete_fields = ("user",)
    extra = 0
    verbose_name = "member"
    verbose_name_plural = "new members"
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """Nobody who is there already."""
        return Membership.objects.none()

    def has_view_permission(self, request: HttpRequest, obj: Guild | None = None) -> bool:
        """There is nobody to be seen."""
        return False

    has_change_permission = has_delete_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest, obj: Guild | None = None) -> bool:
        """Those who may change guilds, on whose page this is, and add members."""
        return request.user.has_perm("guilds.change_guild") and super().has_add_permission(request, obj)


class MembershipAdmin(FastAdmin):
    """Everybody's place in a guild. Who and where stay as they are; the role may change."""

    icon = "badge"
    list_display = ("user", "guild", "rank", "joined")
    list_filter = (("role", ChoicesRadioFilter), GUILD_FILTER)
    list_select_related = ("user", "guild")
    list_disable_select_all = True  # beyond the page
    search_fields = ("user__username",)
    search_help_text = "Beginning of a name, or Discord id of a user or guild"
    sortable_by = ()
    ordering = ("-id",)
    fields = ("guild", "user", "role")
    autocomplete_fields = ("guild", "user")

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        """Once they are there, only the role changes."""
        return ("guild", "user") if obj else ()

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Guilds can be chosen by those who may see guilds."""
        may_see_guilds = request.user.has_perm("guilds.view_guild")
        return [entry for entry in super().get_list_filter(request) if may_see_guilds or entry != GUILD_FILTER]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Membership], search_term: str
    ) -> tuple[QuerySet[Membership], bool]:
        """By guild, or by users that were found first: each on its own can use an index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if is_snowflake(term) and Guild.objects.filter(pk=term).exists():
            return queryset.filter(guild=term), False
        named = {"discord_id": term} if is_snowflake(term) else {"username__istartswith": term}
        users = list(User.objects.filter(**named).values_list("pk", flat=True)[:SEARCHED])
        return queryset.filter(user__in=users), False

    @display(description="role", label=COLOURS)
    def rank(self, membership: Membership) -> str:
        """What they may do there."""
        return Role(membership.role).label

    @display(description="joined")
    def joined(self, membership: Membership) -> str:
        """Since when."""
        return moment(membership.joined_at)
