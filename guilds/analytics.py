"""How a guild is doing: the parts that guilds know; chat and clubs add theirs in modules of this name."""

from typing import Any

from django.db.models import Count

from guilds.models import Membership, Role
from slimy.parts import Parts
from slimy.sql import query

ANALYTICS = Parts("analytics")

_JOBS = """
SELECT status, count(*) AS jobs FROM slimy_job j JOIN guilds_membership m ON m.user_id = j.owner_id
 WHERE m.guild_id = %(guild)s AND j.created_at > now() - interval '1 day' GROUP BY status"""


@ANALYTICS.add("members")
def members(guild_id: str) -> dict[str, int]:
    """Members by role, and in all."""
    counted = Membership.objects.filter(guild_id=guild_id).values_list("role").annotate(Count("pk"))
    by_role = {Role(role).wire: count for role, count in counted}
    return {"total": sum(by_role.values())} | {role.wire: by_role.get(role.wire, 0) for role in Role}


@ANALYTICS.add("jobsOfLastDay")
def jobs(guild_id: str) -> dict[str, Any]:
    """The members' jobs of the last 24 hours by status."""
    return {row["status"]: row["jobs"] for row in query(_JOBS, {"guild": guild_id})}
