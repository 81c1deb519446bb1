"""The SQL of ingestion and merging: sets of rows at once, however many members there are."""

# Everybody of a club, with other spellings and the last known powers. Where the standing is older than %(at)s, it is
# what was known then; else history is asked for the nearest before or, failing that, after.
ROSTER = """
SELECT m.id, m.member_key, a.aliases, a.misread,
       CASE WHEN l.sim_observed_at < %(at)s THEN l.sim_power ELSE coalesce(
         (SELECT value FROM clubs_observation o WHERE o.member_id = m.id AND o.metric = 'sim'
             AND o.observed_at < %(at)s ORDER BY o.observed_at DESC LIMIT 1),
         (SELECT value FROM clubs_observation o WHERE o.member_id = m.id AND o.metric = 'sim'
             AND o.observed_at > %(at)s ORDER BY o.observed_at LIMIT 1)) END AS sim,
       CASE WHEN l.total_observed_at < %(at)s THEN l.total_power ELSE coalesce(
         (SELECT value FROM clubs_observation o WHERE o.member_id = m.id AND o.metric = 'total'
             AND o.observed_at < %(at)s ORDER BY o.observed_at DESC LIMIT 1),
         (SELECT value FROM clubs_observation o WHERE o.member_id = m.id AND o.metric = 'total'
             AND o.observed_at > %(at)s ORDER BY o.observed_at LIMIT 1)) END AS total
  FROM clubs_member m
  LEFT JOIN clubs_latest l ON l.member_id = m.id
  LEFT JOIN (SELECT member_id, array_agg(alias_key) AS aliases,
                    array_agg(alias_key) FILTER (WHERE source = 'ocr') AS misread
               FROM clubs_memberalias WHERE guild_id = %(guild)s GROUP BY member_id) a ON a.member_id = m.id
 WHERE m.guild_id = %(guild)s"""

# Members that a scan shows: known ones are touched (the name, where one is given, unless they were seen later), other
# spellings of them are noted, new ones are added. Returns the new ones.
SEEN = """
WITH touched AS (
  UPDATE clubs_member m
     SET display_name = CASE WHEN s.name IS NULL OR m.last_seen_at > %(at)s THEN m.display_name ELSE s.name END,
         first_seen_at = least(m.first_seen_at, %(at)s), last_seen_at = greatest(m.last_seen_at, %(at)s)
    FROM unnest(%(ids)s::bigint[], %(names)s::text[]) AS s(id, name) WHERE m.id = s.id),
noted AS (
  INSERT INTO clubs_memberalias (guild_id, member_id, alias_key, name, source)
  SELECT %(guild)s, a.* , 'ocr'
    FROM unnest(%(alias_ids)s::bigint[], %(alias_keys)s::text[], %(alias_names)s::text[]) AS a(id, key, name)
      ON CONFLICT (guild_id, alias_key) DO NOTHING)
INSERT INTO clubs_member AS m (guild_id, member_key, folded_key, display_name, first_seen_at, last_seen_at)
SELECT %(guild)s, n.key, n.folded, n.name, %(at)s, %(at)s
  FROM unnest(%(new_keys)s::text[], %(new_folded)s::text[], %(new_names)s::text[]) AS n(key, folded, name)
    ON CONFLICT (guild_id, member_key) DO UPDATE SET last_seen_at = greatest(m.last_seen_at, excluded.last_seen_at)
RETURNING id, member_key"""

# History: what a scan says of its moment. Where another scan spoke of that moment, nothing is lost, and of two values
# the one of the scan that was accepted later counts (ids of scans are in the order of acceptance). The scan's count is
# of rows that are new or say something else than before.
RECORD = """
WITH before AS (
  SELECT member_id, sim_power, total_power FROM clubs_metric WHERE guild_id = %(guild)s AND observed_at = %(at)s),
written AS (
  INSERT INTO clubs_metric AS m (guild_id, member_id, scan_id, name, sim_power, total_power, last_seen, observed_at)
  SELECT %(guild)s, g.member_id, %(scan)s, g.name, g.sim, g.total, g.last_seen, %(at)s
    FROM unnest(%(ids)s::bigint[], %(names)s::text[], %(sims)s::bigint[], %(totals)s::bigint[], %(last_seen)s::text[])
      AS g(member_id, name, sim, total, last_seen)
   ORDER BY g.member_id
      ON CONFLICT (guild_id, member_id, observed_at) DO UPDATE
     SET sim_power = CASE WHEN m.scan_id > excluded.scan_id THEN coalesce(m.sim_power, excluded.sim_power)
                          ELSE coalesce(excluded.sim_power, m.sim_power) END,
         total_power = CASE WHEN m.scan_id > excluded.scan_id THEN coalesce(m.total_power, excluded.total_power)
                            ELSE coalesce(excluded.total_power, m.total_power) END,
         name = CASE WHEN m.scan_id > excluded.scan_id THEN m.name ELSE excluded.name END,
         last_seen = CASE WHEN m.scan_id > excluded.scan_id THEN coalesce(nullif(m.last_seen, ''), excluded.last_seen)
                          ELSE coalesce(nullif(excluded.last_seen, ''), m.last_seen) END,
         scan_id = greatest(m.scan_id, excluded.scan_id)
  RETURNING member_id, sim_power, total_power)
UPDATE clubs_scan
   SET metrics_recorded = (
       SELECT count(*) FROM written w LEFT JOIN before b USING (member_id)
        WHERE b.member_id IS NULL OR (w.sim_power, w.total_power) IS DISTINCT FROM (b.sim_power, b.total_power))
 WHERE id = %(scan)s RETURNING metrics_recorded"""

# One member into another, step by step: gaps are filled, what doesn't collide moves, what is left goes with the member.
MERGE = (
    """
UPDATE clubs_metric k
   SET sim_power = coalesce(k.sim_power, g.sim_power), total_power = coalesce(k.total_power, g.total_power)
  FROM clubs_metric g
 WHERE k.member_id = %(keep)s AND g.member_id = %(gone)s AND k.observed_at = g.observed_at
   AND (k.sim_power IS NULL OR k.total_power IS NULL)""",
    """
UPDATE clubs_metric g SET member_id = %(keep)s
 WHERE g.member_id = %(gone)s
   AND NOT EXISTS (SELECT FROM clubs_metric k WHERE k.member_id = %(keep)s AND k.observed_at = g.observed_at)""",
    """
UPDATE clubs_correction g SET removed_at = clock_timestamp(), removed_by_id = %(by)s
 WHERE g.member_id = %(gone)s AND g.removed_at IS NULL
   AND EXISTS (SELECT FROM clubs_correction k WHERE k.member_id = %(keep)s AND k.removed_at IS NULL
                  AND k.metric = g.metric AND k.week = g.week)""",
    "UPDATE clubs_correction SET member_id = %(keep)s WHERE member_id = %(gone)s",
    "UPDATE clubs_memberalias SET member_id = %(keep)s WHERE member_id = %(gone)s",
    """
INSERT INTO clubs_memberalias (guild_id, member_id, alias_key, name, source)
SELECT guild_id, %(keep)s, member_key, display_name, 'merge' FROM clubs_member WHERE id = %(gone)s
    ON CONFLICT (guild_id, alias_key) DO UPDATE SET member_id = excluded.member_id, source = excluded.source""",
    """
UPDATE clubs_member k
   SET first_seen_at = least(k.first_seen_at, g.first_seen_at), last_seen_at = greatest(k.last_seen_at, g.last_seen_at)
  FROM clubs_member g WHERE k.id = %(keep)s AND g.id = %(gone)s""",
    "DELETE FROM clubs_latest WHERE member_id = %(gone)s",
    "DELETE FROM clubs_metric WHERE member_id = %(gone)s",
    "DELETE FROM clubs_member WHERE id = %(gone)s",
)
