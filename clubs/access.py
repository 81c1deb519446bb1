"""Who may see a club: its guild's members; everybody, when the guild's settings allow it."""

from django.contrib.auth.models import AnonymousUser
from rest_framework.exceptions import NotAuthenticated

from guilds.exceptions import GuildNotFound
from guilds.models import Role
from guilds.permissions import cached_role_in, require
from guilds.reads import effective_settings
from slimy.accounts.models import User
from slimy.snowflakes import is_snowflake

Asker = User | AnonymousUser


def admit(asker: Asker, guild_id: str) -> None:
    """Let in who may read the club, without a statement as long as the cache knows user and settings.

    Raises NotAuthenticated, NotInGuild, GuildNotFound.
    """
    if not (_is_member(asker, guild_id) or _is_public(guild_id)):
        require_role(asker, guild_id, Role.MEMBER)


def require_role(asker: Asker, guild_id: str, least: Role) -> None:
    """Let in who has at least this role. Raises NotAuthenticated, NotInGuild, RoleTooLow, GuildNotFound."""
    if not isinstance(asker, User):
        raise NotAuthenticated
    require(asker, guild_id, least)
    if asker.is_superuser:  # who is admin of guilds that don't exist, too
        effective_settings(guild_id)


def _is_member(asker: Asker, guild_id: str) -> bool:
    return isinstance(asker, User) and not asker.is_superuser and cached_role_in(asker, guild_id) is not None


def _is_public(guild_id: str) -> bool:
    if not is_snowflake(guild_id):
        return False
    try:
        return bool(effective_settings(guild_id)["settings"]["allowPublic"])
    except GuildNotFound:
        return False
