"""Errors about guilds."""

from slimy.exceptions import NotAllowed, PermanentError


class GuildNotFound(PermanentError):
    """There is no such guild."""

    status = 404
    code = "guild_not_found"


class NotInGuild(NotAllowed):
    """You are not a member of this guild."""

    code = "not_in_guild"


class RoleTooLow(NotAllowed):
    """Your role in this guild does not allow this."""

    code = "role_too_low"


class SettingsChanged(PermanentError):
    """The settings were changed since you read them."""

    status = 412
    code = "conflict"
