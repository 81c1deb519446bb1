"""Who may do what in a guild: one page for API, worker and admin alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from guilds.exceptions import GuildNotFound, NotInGuild, RoleTooLow
from guilds.models import Membership, Role
from guilds.reads import guilds_of
from slimy.accounts.models import User
from slimy.snowflakes import is_snowflake

RoleOf = Callable[[User, str], Role | None]


def cached_role_in(user: User, guild_id: str) -> Role | None:
    """As `role_in`, without a statement as long as the cache knows the user's guilds."""
    if user.is_superuser:
        return Role.ADMIN
    return next((Role[guild["role"].upper()] for guild in guilds_of(user) if guild["id"] == guild_id), None)


def role_in(user: User, guild_id: str) -> Role | None:
    """The user's role, None for strangers. Superusers are admins everywhere; staff as such are strangers."""
    if user.is_superuser:
        return Role.ADMIN
    found = Membership.objects.filter(guild_id=guild_id, user=user).values_list("role", flat=True).first()
    return Role(found) if found is not None else None


def require(user: User, guild_id: str, least: Role, *, known: RoleOf = cached_role_in) -> Role:
    """The user's role, which is at least `least`; `known` says what it is.

    Raises GuildNotFound for what can't be a guild's id, NotInGuild (also when there is no such guild), RoleTooLow.
    """
    if not is_snowflake(guild_id):
        raise GuildNotFound
    role = known(user, guild_id)
    if role is None:
        raise NotInGuild
    if role < least:
        raise RoleTooLow
    return role


def admins_guild(owner: User, data: dict[str, Any]) -> None:
    """For jobs: the owner is admin of the guild that the payload names. Raises as `require`."""
    require(owner, data["guild_id"], Role.ADMIN, known=role_in)


def keeps_club(owner: User, data: dict[str, Any]) -> None:
    """For jobs: the owner has at least the role club in the guild that the payload names. Raises as `require`."""
    require(owner, data["guild_id"], Role.CLUB, known=role_in)
