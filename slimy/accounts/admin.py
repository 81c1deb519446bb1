"""Users, groups and API tokens. Staff may look after ordinary users; whoever has power is the superusers' matter."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission
from django.db.models import ManyToManyField
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse
from django_otp.plugins.otp_totp.models import TOTPDevice
from knox import admin as knox_admin
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from slimy.accounts import second_factor
from slimy.accounts.models import User
from slimy.accounts.token_pages import TokenPages
from slimy.admin.deletion import Counted, counted_deletion
from slimy.admin.window import FastAdmin

PERSON = ("email", "first_name", "last_name", "discord_id", "is_active")
DATES = ("last_login", "date_joined")
POWER = ("is_staff", "is_superuser", "groups", "user_permissions")

admin.site.unregister(knox_admin.models.AuthToken)  # its pages show hashes; tokens are on the page of their user
admin.site.unregister(Group)
admin.site.unregister(TOTPDevice)  # its pages show secrets; second_factor_pages.py has pages that don't


@admin.register(User)
class UserAdmin(DjangoUserAdmin, TokenPages):  # type: ignore[type-arg]
    """Users. Only superusers give power, or touch those who have it."""

    icon = "person"
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    actions = None
    list_display = ("username", "email", "discord_id", "is_active", "is_staff", "last_login", "date_joined")
    list_filter = tuple((name, BooleanRadioFilter) for name in ("is_active", "is_staff", "is_superuser"))
    search_fields = ("username", "email", "discord_id__exact")
    search_help_text = "Name, e-mail or Discord id"
    add_fieldsets = (
        (None, {"fields": ("username", "email", "discord_id", "usable_password", "password1", "password2")}),
    )

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """With the permission, except for users with power: their pages, passwords included, are the superusers'."""
        return super().has_change_permission(request, obj) and (obj is None or self.may_touch(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """As for changing."""
        return super().has_delete_permission(request, obj) and (obj is None or self.may_touch(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Only superusers give power."""
        return DATES if request.user.is_superuser else (*DATES, *POWER)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """The password is mentioned to those who may change it."""
        if obj is None:
            return self.add_fieldsets
        password = ("password",) if self.has_change_permission(request, obj) else ()
        return (
            (None, {"fields": ("username", *password, *PERSON)}),
            ("Power", {"fields": POWER}),
            ("Dates", {"fields": DATES}),
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page of a user; of staff it also says, to superusers, whether there is a second factor."""
        user: User | None = context.get("original")
        if user and user.is_staff and request.user.is_superuser:
            context["second_factor"] = second_factor.state_of(user)
        return super().render_change_form(request, context, *args, **kwargs)

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField[Permission] | None:
        """Permissions together with the models that they are about: their names contain both."""
        if db_field.name == "user_permissions":
            kwargs["queryset"] = Permission.objects.select_related("content_type")
        field: ModelMultipleChoiceField[Permission] | None = super().formfield_for_manytomany(
            db_field, request, **kwargs
        )
        return field

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Counted:
        """What goes with a user, counted: Django would list every message, and the hashes of tokens."""
        return counted_deletion(list(objs), request)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, FastAdmin):
    """Groups: what their members may do. Superusers decide, others may look."""

    icon = "group"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Superusers only."""
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Superusers only."""
        return request.user.is_superuser
