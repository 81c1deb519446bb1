"""What the guilds' jobs do."""

from guilds.models import GuildSettings
from guilds.permissions import admins_guild
from guilds.serializers import UpdateGuildSettings, settings_document
from slimy.jobs.models import Job
from slimy.jobs.registry import Data, job


@job("update_guild_settings", payload=UpdateGuildSettings, authorise=admins_guild, locks="guildId")
def update_guild_settings(job: Job, data: Data) -> Data:
    """Merge a patch into a guild's settings; with `version`, only if that is still the current one."""
    guild_id = data["guild_id"]
    by = job.require_owner()
    return settings_document(guild_id, GuildSettings.objects.patch(guild_id, data["patch"], by, data.get("version")))
