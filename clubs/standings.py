"""Where everybody stands: `Latest` made anew from history, in one statement that can be repeated at will."""

from slimy.sql import one

# When each metric was last known, by index and not by reading a history; what it was then; the observation nearest to
# 7 days before it, of those 6 to 8 days before; and the first complete scan after a member was last seen (be it by name
# only), which is when the member was found to have left.
_RECOMPUTE = """
WITH known AS MATERIALIZED (
  SELECT m.id AS member_id, m.last_seen_at AS seen_at, k.metric, greatest(
           (SELECT h.observed_at FROM clubs_metric h
             WHERE h.member_id = m.id AND CASE k.metric WHEN 'sim' THEN h.sim_power ELSE h.total_power END IS NOT NULL
             ORDER BY h.observed_at DESC LIMIT 1),
           (SELECT max(c.week)::timestamp AT TIME ZONE 'UTC' FROM clubs_correction c
             WHERE c.member_id = m.id AND c.metric = k.metric AND c.removed_at IS NULL)) AS observed_at
    FROM clubs_member m CROSS JOIN (VALUES ('sim'), ('total')) k(metric) WHERE m.guild_id = %(guild)s),
newest AS MATERIALIZED (
  SELECT k.*, o.value FROM known k CROSS JOIN LATERAL (
    SELECT value FROM clubs_observation o
     WHERE o.member_id = k.member_id AND o.metric = k.metric AND o.observed_at = k.observed_at LIMIT 1) o),
compared AS (
  SELECT n.*, p.value AS previous, round((n.value - p.value) * 100.0 / nullif(p.value, 0), 2) AS change
    FROM newest n LEFT JOIN LATERAL (
      SELECT o.value FROM clubs_observation o
       WHERE o.member_id = n.member_id AND o.metric = n.metric
         AND o.observed_at BETWEEN n.observed_at - interval '8 days' AND n.observed_at - interval '6 days'
       ORDER BY abs(extract(epoch FROM n.observed_at - o.observed_at - interval '7 days')), o.observed_at DESC
       LIMIT 1) p ON true),
standing AS (
  SELECT member_id,
         max(value) FILTER (WHERE metric = 'sim') AS sim_power,
         max(observed_at) FILTER (WHERE metric = 'sim') AS sim_observed_at,
         max(previous) FILTER (WHERE metric = 'sim') AS sim_previous,
         max(change) FILTER (WHERE metric = 'sim') AS sim_change,
         max(value) FILTER (WHERE metric = 'total') AS total_power,
         max(observed_at) FILTER (WHERE metric = 'total') AS total_observed_at,
         max(previous) FILTER (WHERE metric = 'total') AS total_previous,
         max(change) FILTER (WHERE metric = 'total') AS total_change,
         max(observed_at) AS last_seen_at,
         (SELECT min(s.observed_at) FROM clubs_scan s
           WHERE s.guild_id = %(guild)s AND s.complete
             AND s.observed_at > greatest(max(c.observed_at), max(c.seen_at))) AS left_at
    FROM compared c GROUP BY member_id),
gone AS (
  DELETE FROM clubs_latest l
   WHERE l.guild_id = %(guild)s AND NOT EXISTS (SELECT FROM standing s WHERE s.member_id = l.member_id)),
written AS (
  INSERT INTO clubs_latest AS l
         (member_id, guild_id, sim_power, sim_observed_at, sim_previous, sim_change,
          total_power, total_observed_at, total_previous, total_change, last_seen_at, left_at)
  SELECT member_id, %(guild)s, sim_power, sim_observed_at, sim_previous, sim_change,
         total_power, total_observed_at, total_previous, total_change, last_seen_at, left_at
    FROM standing ORDER BY member_id
      ON CONFLICT (member_id) DO UPDATE
     SET sim_power = excluded.sim_power, sim_observed_at = excluded.sim_observed_at,
         sim_previous = excluded.sim_previous, sim_change = excluded.sim_change,
         total_power = excluded.total_power, total_observed_at = excluded.total_observed_at,
         total_previous = excluded.total_previous, total_change = excluded.total_change,
         last_seen_at = excluded.last_seen_at, left_at = excluded.left_at
   WHERE (l.sim_power, l.sim_observed_at, l.sim_previous, l.total_power, l.total_observed_at, l.total_previous,
          l.last_seen_at, l.left_at)
      IS DISTINCT FROM
         (excluded.sim_power, excluded.sim_observed_at, excluded.sim_previous, excluded.total_power,
          excluded.total_observed_at, excluded.total_previous, excluded.last_seen_at, excluded.left_at)
  RETURNING 1)
SELECT (SELECT count(*) FROM standing) AS members, (SELECT count(*) FROM written) AS written"""


def recompute(guild_id: str) -> int:
    """Bring the standings of a guild's club in line with its history; returns the number of members that have one.

    One statement; call it in the transaction that changed the history, with the guild's row locked.
    """
    row = one(_RECOMPUTE, {"guild": guild_id})
    return int(row["members"]) if row else 0
