from django.db import migrations

# Each arm yields its rows in the order of an index, so that "the newest of a member" reads one row and not a history.
METRICS = """
SELECT m.guild_id, m.member_id, '{metric}'::text AS metric, m.observed_at, coalesce(c.value, m.{metric}_power) AS value,
       c.value IS NOT NULL AS corrected
  FROM clubs_metric m
  LEFT JOIN LATERAL (
       SELECT value FROM clubs_correction
        WHERE member_id = m.member_id AND metric = '{metric}' AND removed_at IS NULL
          AND week = date_trunc('week', m.observed_at AT TIME ZONE 'UTC')::date LIMIT 1) c ON true
 WHERE m.{metric}_power IS NOT NULL"""

CORRECTIONS = """
SELECT c.guild_id, c.member_id, c.metric::text, c.week::timestamp AT TIME ZONE 'UTC', c.value, true
  FROM clubs_correction c
 WHERE c.removed_at IS NULL AND NOT EXISTS (
       SELECT FROM clubs_metric m
        WHERE m.member_id = c.member_id
          AND m.observed_at >= c.week::timestamp AT TIME ZONE 'UTC'
          AND m.observed_at < (c.week + 7)::timestamp AT TIME ZONE 'UTC'
          AND CASE c.metric WHEN 'sim' THEN m.sim_power ELSE m.total_power END IS NOT NULL)"""

ARMS = (METRICS.format(metric="sim"), METRICS.format(metric="total"), CORRECTIONS)


class Migration(migrations.Migration):

    dependencies = [
        ('clubs', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(f"CREATE VIEW clubs_observation AS {' UNION ALL '.join(ARMS)}", "DROP VIEW clubs_observation"),
    ]
