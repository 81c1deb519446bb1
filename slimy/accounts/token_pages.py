"""A user's API tokens: listed by their first characters, made (and shown once), revoked. Only hashes are kept."""

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from knox.models import AuthToken
from knox.settings import knox_settings
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from slimy.accounts.models import User
from slimy.accounts.trail import token_event
from slimy.admin.window import FastAdmin, moment
from slimy.sql import tx

LISTED = 100


class TokenForm(forms.Form):
    """How long a token lives."""

    days = forms.IntegerField(
        label="Days until it expires",
        min_value=1,
        max_value=3650,
        initial=lambda: knox_settings.TOKEN_TTL.days,
        widget=UnfoldAdminIntegerFieldWidget,
    )


class TokenPages(FastAdmin):
    """Mixed into the admin of users. A token is named by its first characters, never by its hash."""

    def get_urls(self) -> list[URLPattern]:
        """With two pages more: make a token, revoke one."""
        return [
            path("<int:user_id>/tokens/add/", self.admin_site.admin_view(self.create_token), name="token_add"),
            path(
                "<int:user_id>/tokens/<str:prefix>/revoke/",
                self.admin_site.admin_view(self.revoke_token),
                name="token_revoke",
            ),
            *super().get_urls(),
        ]

    def may_touch(self, request: HttpRequest, user: User) -> bool:
        """Whoever has power is touched by superusers only."""
        return request.user.is_superuser or not (user.is_staff or user.is_superuser)

    def may_with_tokens(self, verb: str, request: HttpRequest, user: User) -> bool:
        """Whether to `verb` (add, delete) tokens of `user`: one's own, and those of users whom one may touch."""
        near = user == request.user or (self.has_view_permission(request, user) and self.may_touch(request, user))
        return near and request.user.has_perm(f"knox.{verb}_authtoken")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page of a user, with the tokens for those who may see tokens."""
        user: User | None = context.get("original")
        if user and request.user.has_perm("knox.view_authtoken"):
            context["tokens"] = _listed(user)
            context["may_create_token"] = user.is_active and self.may_with_tokens("add", request, user)
            context["may_revoke_token"] = self.may_with_tokens("delete", request, user)
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    def create_token(self, request: HttpRequest, user_id: int) -> HttpResponse:
        """Ask how long it lives; then show it, this once, in the answer itself: it is never in a session or cookie."""
        user = self._user("add", request, user_id)
        form = TokenForm(request.POST or None)
        secret = None
        if user.is_active and form.is_valid():
            with tx():
                token, secret = AuthToken.objects.create(user, expiry=timedelta(days=form.cleaned_data["days"]))
                self.log_change(request, user, f"Created the API token {token.token_key}….")
                token_event("create", user, [token.token_key], by=cast("User", request.user))
        return self._page(request, user, f"API token for {user}", {"form": form, "secret": secret})

    def revoke_token(self, request: HttpRequest, user_id: int, prefix: str) -> HttpResponse:
        """Ask; then delete it: it is refused from then on."""
        user = self._user("delete", request, user_id)
        if request.method != "POST":
            get_object_or_404(AuthToken, user=user, token_key=prefix)
            return self._page(request, user, f"Revoke API token {prefix}…", {"prefix": prefix})
        with tx():
            revoked, _ = AuthToken.objects.filter(user=user, token_key=prefix).delete()
            if revoked:
                self.log_change(request, user, f"Revoked the API token {prefix}….")
                token_event("revoke", user, [prefix], by=cast("User", request.user))
        said = f"The token {prefix}… {'is revoked' if revoked else 'was already gone'}."
        self.message_user(request, said, messages.SUCCESS if revoked else messages.WARNING)
        return HttpResponseRedirect(reverse("admin:accounts_user_change", args=[user.pk]))

    def _user(self, verb: str, request: HttpRequest, user_id: int) -> User:
        user = get_object_or_404(User, pk=user_id)
        if not self.may_with_tokens(verb, request, user):
            raise PermissionDenied
        return user

    def _page(self, request: HttpRequest, user: User, title: str, more: dict[str, Any]) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "owner": user, **more}
        return TemplateResponse(request, "admin/accounts/user/token.html", context)


def _listed(user: User) -> list[dict[str, Any]]:
    now = timezone.now()
    tokens = AuthToken.objects.filter(user=user).order_by("-created").only("token_key", "created", "expiry")[:LISTED]
    return [
        {
            "prefix": token.token_key,
            "created": moment(token.created),
            "expires": moment(token.expiry) if token.expiry else "never",
            "expired": token.expiry is not None and token.expiry <= now,
        }
        for token in tokens
    ]
