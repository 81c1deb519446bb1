"""Other spellings of a member's name, said by staff."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextInputWidget

from clubs.changes import lock_club
from clubs.models import NAME_LENGTH, Member, MemberAlias
from clubs.names import NoName, canonical, tidy
from slimy.sql import tx


class AliasForm(forms.Form):
    """A name under which the member is read; `key` is what of it is compared."""

    name = forms.CharField(
        max_length=NAME_LENGTH,
        label="Another spelling",
        widget=UnfoldAdminTextInputWidget,
        help_text="As it is read. From the next scan on it finds this member.",
    )

    def __init__(self, member: Member, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        self.key = ""

    def clean_name(self) -> str:
        """The name, tidied. Raises ValidationError where it finds somebody already."""
        name = tidy(self.cleaned_data["name"])
        try:
            self.key = canonical(name)
        except NoName as error:
            raise ValidationError(str(error), code="no_name") from error
        if taken := self._taken_by():
            raise ValidationError(taken, code="taken")
        return name

    def _taken_by(self) -> str:
        guild = self.member.guild_id
        owner = Member.objects.filter(guild=guild, member_key=self.key).first()
        alias = MemberAlias.objects.filter(guild=guild, alias_key=self.key).select_related("member").first()
        owner = owner or (alias.member if alias else None)
        if owner is None:
            return ""
        if owner == self.member:
            return f"“{self.key}” finds this member already."
        return f"“{self.key}” finds {owner} already. If the two are one person, merge them."

    def save(self) -> MemberAlias | None:
        """Keep it; None when somebody else was faster."""
        with tx():
            lock_club(self.member.guild_id)
            if self._taken_by():
                return None
            return MemberAlias.objects.create(
                guild_id=self.member.guild_id,
                member=self.member,
                alias_key=self.key,
                name=self.cleaned_data["name"],
                source="staff",
            )


def forget(member: Member, alias_id: int) -> MemberAlias | None:
    """Drop another spelling of a member; None when there is no such one any more."""
    with tx():
        lock_club(member.guild_id)
        alias = MemberAlias.objects.filter(pk=alias_id, member=member).first()
        if alias:
            alias.delete()
        return alias
