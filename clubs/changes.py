"""What every change of a club's history has in common: one at a time in a guild, and standings that follow.

    with tx():
        lock_club(guild_id)
        …
        club_changed(guild_id)

Whoever changes members, metrics or corrections locks first and touches their rows after that, so that two changes
wait for each other and never deadlock.
"""

from django.db import OperationalError

from clubs.standings import recompute
from guilds.exceptions import GuildNotFound
from slimy.cache import invalidate
from slimy.exceptions import RetryLater
from slimy.sql import one

_LOCK_NOT_AVAILABLE = "55P03"


def lock_club(guild_id: str) -> None:
    """Until the end of the transaction nobody else changes this guild's club.

    Raises GuildNotFound; RetryLater when others keep it locked for longer than the transaction's `lock_timeout`.
    """
    try:
        guild = one("SELECT id FROM guilds_guild WHERE id = %(guild)s FOR NO KEY UPDATE", {"guild": guild_id})
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
            raise
        raise RetryLater("Others are changing this club.", seconds=1) from error
    if guild is None:
        raise GuildNotFound


def club_changed(guild_id: str) -> int:
    """Bring standings and cache in line with the history that changed; returns how many members have a standing."""
    members = recompute(guild_id)
    invalidate(f"club:{guild_id}", f"activity:{guild_id}")
    return members
