"""Two members that are one person become one: history, corrections and names of the one follow to the other."""

from typing import Any

from clubs.changes import club_changed, lock_club
from clubs.exceptions import CannotMerge, MemberNotFound
from clubs.models import Member
from clubs.statements import MERGE
from slimy.accounts.models import User
from slimy.sql import query, tx


def merge(keep: Member, gone: Member, by: User) -> Member:
    """Merge `gone` into `keep`, which is returned as it is then.

    Where both have a value for the same moment, or a correction for the same week, that of `keep` counts. The key of
    `gone` becomes an alias, so that the next scan finds `keep`. Raises CannotMerge, MemberNotFound.
    """
    if keep.pk == gone.pk or keep.guild_id != gone.guild_id:
        raise CannotMerge
    guild_id = keep.guild_id
    with tx():
        lock_club(guild_id)
        if Member.objects.filter(pk__in=(keep.pk, gone.pk), guild=guild_id).count() != 2:
            raise MemberNotFound
        params: dict[str, Any] = {"guild": guild_id, "keep": keep.pk, "gone": gone.pk, "by": by.pk}
        for statement in MERGE:
            query(statement, params)
        club_changed(guild_id)
    keep.refresh_from_db()
    return keep
