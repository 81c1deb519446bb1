"""What must hold, asked in SQL. `log` is what was promised; each statement returns the ids that break it."""

LOG = """
CREATE TEMPORARY TABLE IF NOT EXISTS promised
  (id uuid PRIMARY KEY, expected text, attempts int, neighbour bool, talk uuid, place int);
TRUNCATE promised"""

FILL = """
INSERT INTO promised SELECT * FROM unnest(%(ids)s::uuid[], %(expected)s::text[], %(attempts)s::int[],
  %(neighbour)s::bool[], %(talks)s::uuid[], %(places)s::int[])"""

LOST = "SELECT id FROM promised WHERE NOT EXISTS (SELECT FROM slimy_job j WHERE j.id = promised.id)"

OPEN = "SELECT id FROM slimy_job WHERE status IN ('queued', 'active')"

ENDED_OTHERWISE = """
SELECT id FROM promised JOIN slimy_job j USING (id)
 WHERE NOT promised.neighbour AND j.status <> promised.expected AND j.status NOT IN ('queued', 'active')"""

HURT = """
SELECT id FROM promised JOIN slimy_job j USING (id)
 WHERE promised.neighbour AND j.status <> promised.expected AND j.status NOT IN ('queued', 'active')"""

ATTEMPTS = """
SELECT id FROM promised JOIN slimy_job j USING (id)
 WHERE j.attempts <> promised.attempts AND j.status NOT IN ('queued', 'active')"""

DOUBLED = "SELECT job_id AS id FROM zoo_probe GROUP BY job_id HAVING count(*) > 1"

MISCOUNTED = """
SELECT c.id FROM chat_conversation c
 WHERE message_count <> (SELECT count(*) FROM chat_message m WHERE m.conversation_id = c.id)"""

# Conversations have the ids of the jobs that made them; messages stand where the numbers of theirs say.
EFFECTS = """
WITH effects AS (
  SELECT job_id AS id FROM zoo_probe UNION SELECT id FROM chat_conversation
  UNION SELECT coalesce(j.id, m.id) FROM chat_message m LEFT JOIN slimy_job j ON j.number = m.position / 1000)
SELECT id FROM effects LEFT JOIN slimy_job j USING (id) WHERE j.status IS DISTINCT FROM 'completed'"""

NO_EFFECT = """
SELECT id FROM slimy_job j WHERE status = 'completed' AND CASE
  WHEN type IN ('zoo', 'overlong') THEN NOT EXISTS (SELECT FROM zoo_probe p WHERE p.job_id = j.id)
  WHEN type = 'save_message' THEN NOT EXISTS (SELECT FROM chat_message m WHERE m.id = j.id)
  WHEN type = 'chat_bot_interaction' THEN
    (SELECT count(*) FROM chat_message m WHERE m.position / 1000 = j.number) <> 2
  WHEN type = 'create_conversation' THEN NOT EXISTS (SELECT FROM chat_conversation c WHERE c.id = j.id)
  ELSE false END"""

OUT_OF_ORDER = """
SELECT id FROM (
  SELECT m.id, p.place, lag(p.place) OVER (PARTITION BY m.conversation_id ORDER BY m.position) AS before
    FROM chat_message m JOIN promised p ON p.id = m.id) AS ordered
 WHERE before > place"""

RESCUES = """
SELECT id, error ->> 'worker' AS worker, extract(epoch FROM (error ->> 'at')::timestamptz)::float8 AS at
  FROM slimy_job, jsonb_array_elements(errors) AS error WHERE error ->> 'code' = 'worker_crashed'"""

TAKEN_FROM_THE_LIVING = """
SELECT DISTINCT id FROM slimy_job, jsonb_array_elements(errors) AS error
 WHERE error ->> 'code' = 'worker_crashed' AND error ->> 'worker' <> ALL(%(dead)s)"""

STATES = "SELECT id, status FROM slimy_job"

EMPTY = """
TRUNCATE slimy_job, zoo_probe, zoo_child, zoo_parent, chat_message, chat_conversation RESTART IDENTITY CASCADE"""
