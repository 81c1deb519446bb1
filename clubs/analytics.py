"""What clubs add to a guild's analytics: how strong the club is, and how that changed in a week."""

from typing import Any

from guilds.analytics import ANALYTICS
from slimy.sql import query

# The change compares those of whom both is known, so that who joins or leaves doesn't count as growth.
_CLUB = """
SELECT count(*) AS members, sum(sim_power) AS "simPower", sum(total_power) AS "totalPower",
       round(sum(sim_power - sim_previous) * 100.0 / nullif(sum(sim_previous), 0), 2) AS "simChange",
       round(sum(total_power - total_previous) * 100.0 / nullif(sum(total_previous), 0), 2) AS "totalChange"
  FROM clubs_latest WHERE guild_id = %(guild)s AND left_at IS NULL"""


@ANALYTICS.add("club")
def club(guild_id: str) -> dict[str, Any]:
    """Members that are in the club, the sums of their powers, and the change of these in a week in percent."""
    (row,) = query(_CLUB, {"guild": guild_id})
    kinds = {"members": int, "simPower": int, "totalPower": int, "simChange": float, "totalChange": float}
    return {name: None if row[name] is None else kind(row[name]) for name, kind in kinds.items()}
