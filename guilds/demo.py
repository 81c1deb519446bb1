"""What `make run` seeds and `make demo` shows of the guilds."""

from collections.abc import Mapping

from guilds.models import Guild, GuildSettings, Membership, Role
from slimy.accounts.models import User
from slimy.stack.tour import Tour

SNAIL_KEEPERS = "112233445566778899"


def seed(users: Mapping[str, User]) -> None:
    """A guild with an admin, a club officer and a member, and a setting that isn't the default."""
    guild = Guild.objects.create(id=SNAIL_KEEPERS, name="Snail Keepers", owner=users["alice"])
    for name, role in (("alice", Role.ADMIN), ("bob", Role.CLUB), ("charlie", Role.MEMBER)):
        Membership.objects.create(guild=guild, user=users[name], role=role)
    GuildSettings.objects.patch(guild, {"notes": "Fed at dawn.", "personality": {"tone": "dry"}}, users["alice"])


def tour(tour: Tour) -> None:
    """A change of settings that counts, and one that comes too late."""
    settings = f"/api/guilds/{SNAIL_KEEPERS}/settings"
    read = tour.call("GET", settings).json()
    tour.submit("update_guild_settings", {"guildId": SNAIL_KEEPERS, "patch": {"viewMode": "latest"}})
    late = {"guildId": SNAIL_KEEPERS, "patch": {"notes": "Too late"}, "version": read["version"]}
    tour.submit("update_guild_settings", late, expect="failed")
