"""The pages on which staff change what is known of a member: other spellings, and merging (merge_pages.py)."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse

from clubs.admin.aliases import AliasForm, forget
from clubs.admin.asking import page, refused, told
from clubs.admin.merge_pages import MergePages
from clubs.models import Member, MemberAlias
from slimy.sql import tx


class MemberPages(MergePages):
    """Mixed into the admin of members."""

    def get_urls(self) -> list[URLPattern]:
        """With the pages of aliases."""
        views = (("add/", self.add_alias, "add"), ("<int:alias_id>/delete/", self.delete_alias, "delete"))
        pages: list[URLPattern] = [
            path(f"<path:object_id>/aliases/{tail}", self.admin_site.admin_view(view), name=f"clubs_alias_{name}")
            for tail, view, name in views
        ]
        return [*pages, *super().get_urls()]

    def add_alias(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say under which other name a member is read."""
        member = self._member(request, object_id, "clubs.add_memberalias")
        form = AliasForm(member, request.POST or None)
        if not form.is_valid():
            return self._ask(request, "member/add_alias", f"Another spelling of {member}", member, form=form)
        with tx():
            alias = form.save()
            if alias:
                self.log_change(request, member, f"Added the spelling “{alias}” ({alias.alias_key}).")
        if alias is None:
            return refused(self, request, "Meanwhile somebody else got this spelling.", page_of(member))
        return told(self, request, f"“{alias}” now finds {member}.", page_of(member))

    def delete_alias(self, request: HttpRequest, object_id: str, alias_id: int) -> HttpResponse:
        """Ask, then drop another spelling."""
        member = self._member(request, object_id, "clubs.delete_memberalias")
        alias = MemberAlias.objects.filter(pk=alias_id, member=member).first()
        if alias is None:
            return refused(self, request, "This spelling is gone already.", page_of(member))
        if request.method != "POST":
            return self._ask(request, "member/delete_alias", f"Delete a spelling of {member}", member, alias=alias)
        with tx():
            if forget(member, alias_id):
                self.log_change(request, member, f"Deleted the spelling “{alias}” ({alias.alias_key}).")
        return told(self, request, f"“{alias}” no longer finds {member}.", page_of(member))

    def _member(self, request: HttpRequest, object_id: str, permission: str) -> Member:
        if not (self.has_view_permission(request) and request.user.has_perm(permission)):
            raise PermissionDenied
        member: Member | None = self.get_object(request, unquote(object_id))
        if member is None:
            raise Http404
        return member

    def _ask(self, request: HttpRequest, template: str, title: str, member: Member, **context: Any) -> HttpResponse:
        return page(self, request, template, title, original=member, back=page_of(member), **context)


def page_of(member: Member) -> str:
    """The address of a member's page."""
    return reverse("admin:clubs_member_change", args=[member.pk])
