"""What the chat adds to a guild's analytics: what its members did, day by day."""

from typing import Any

from guilds.analytics import ANALYTICS
from slimy.sql import query

DAYS = 14

_BY_DAY = """
SELECT to_char(day, 'YYYY-MM-DD') AS day, coalesce(c.conversations, 0) AS conversations,
       coalesce(m.messages, 0) AS messages
  FROM generate_series((now() AT TIME ZONE 'UTC')::date - %(days)s + 1, (now() AT TIME ZONE 'UTC')::date, '1 day') day
  LEFT JOIN (SELECT (created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS conversations FROM chat_conversation
              WHERE owner_id IN (SELECT user_id FROM guilds_membership WHERE guild_id = %(guild)s)
                AND created_at > now() - make_interval(days => %(days)s) GROUP BY 1) c USING (day)
  LEFT JOIN (SELECT (created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS messages FROM chat_message
              WHERE author_id IN (SELECT user_id FROM guilds_membership WHERE guild_id = %(guild)s)
                AND created_at > now() - make_interval(days => %(days)s) GROUP BY 1) m USING (day)
 ORDER BY day"""


@ANALYTICS.add("activity")
def activity(guild_id: str) -> list[dict[str, Any]]:
    """New conversations and messages of the members on each of the last 14 days (UTC), oldest first."""
    return query(_BY_DAY, {"guild": guild_id, "days": DAYS})
