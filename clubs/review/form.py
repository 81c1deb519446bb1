"""What a reviewer typed, made a decision."""

from __future__ import annotations

from collections.abc import Mapping

from clubs.exceptions import CannotDecide
from clubs.models import NAME_LENGTH, Member, MemberAlias
from clubs.names import NoName, canonical, tidy
from clubs.powers import NotAPower, parse_power
from clubs.review.decisions import Said

_WORDS = {"sim": "Sim power", "total": "Total power"}


def said_in(form: Mapping[str, str], guild_id: str, *, is_new: bool) -> Said:
    """The row as the form says it; the field `member` is a name. Raises CannotDecide in the reviewer's words."""
    name = tidy(form.get("name", ""))[:NAME_LENGTH]
    member = "" if is_new else tidy(form.get("member", ""))
    powers = {metric: _power(form.get(metric, ""), metric) for metric in _WORDS}
    known = _member(member, guild_id) if member else None
    return Said(name or member, powers["sim"], powers["total"], known, is_new=known is None)


def _power(text: str, metric: str) -> int | None:
    if not text.strip():
        return None
    try:
        return parse_power(text)
    except NotAPower as error:
        raise CannotDecide(f"{_WORDS[metric]}: {error.reason}") from error


def _member(name: str, guild_id: str) -> int:
    try:
        key = canonical(name)
    except NoName as error:
        raise CannotDecide("This is no member's name.") from error
    exact = Member.objects.filter(guild=guild_id, display_name=name).values_list("pk", flat=True)[:2]
    found = (
        list(exact)
        if len(exact) == 1
        else list(Member.objects.filter(guild=guild_id, member_key=key).values_list("pk", flat=True))
        or list(MemberAlias.objects.filter(guild=guild_id, alias_key=key).values_list("member_id", flat=True))
    )
    if not found:
        raise CannotDecide(f"Nobody in this club is called {name}; leave the field empty for a new member.")
    return found[0]
