"""The SQL of the ledger's verbs; slimy/jobs/ledger.py says what each does. All times are clock_timestamp(),
but a job is available from the very moment it was created.
"""

from functools import cache

# Accepted unless the owner has too many open jobs or may not; in one statement, so that it needs no transaction.
_ACCEPT = """
INSERT INTO slimy_job (id, queue, type, payload, owner_id, priority, request_id, idempotency_key, fingerprint,
                       deliveries, available_at, ring_at, status, attempts, max_attempts, setbacks, crashes,
                       solo_crashes, claim_size, claimed_by, errors)
SELECT %(id)s, %(queue)s, %(type)s, %(payload)s::jsonb, %(owner)s, %(priority)s, %(request_id)s, %(idempotency_key)s,
       %(fingerprint)s, %(deliveries)s, now() + make_interval(secs => %(delay)s),
       now() + make_interval(secs => %(rings_in)s), 'queued', 0, %(max_attempts)s, 0, 0, 0, 0, '', '[]'
 WHERE (SELECT count(*) FROM (SELECT FROM slimy_job WHERE owner_id = %(owner)s AND status IN ('queued', 'active')
                               LIMIT %(most)s) open) < %(most)s
   AND ({guard})
RETURNING number, created_at, available_at"""


@cache
def accept(guard: str | None) -> str:
    """The statement that accepts a job; `guard` is the condition of its type."""
    return _ACCEPT.format(guard=guard or "true")


CLAIMED = (
    "id",
    "number",
    "queue",
    "type",
    "payload",
    "owner_id",
    "request_id",
    "attempts",
    "max_attempts",
    "created_at",
)
OWNER = ("id", "username", "is_active", "is_staff", "is_superuser")

# One round trip and one transaction, whose loss would only queue the jobs again: so nobody waits for the disk.
# Rows are looked up by their ids alone, here and below: a plan by one of the partial indexes, which look small to
# PostgreSQL whenever it last analysed an idle system, would walk through everything that waits or has just ended.
CLAIM = f"""
WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
named AS MATERIALIZED (
  SELECT id, owner_id, status, queue, type, available_at, crashes FROM slimy_job
   WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED),
due AS MATERIALIZED (
  SELECT id, owner_id FROM named
   WHERE status = 'queued' AND available_at <= clock_timestamp() AND queue = ANY(%(queues)s::text[])
     AND ((crashes = 0 AND type <> ALL(%(apart)s::text[])) OR %(alone)s))
UPDATE slimy_job j
   SET status = 'active', attempts = attempts + 1, claim = %(claim)s, claim_size = (SELECT count(*) FROM due),
       claimed_by = %(worker)s, claimed_in = pg_backend_pid(), claimed_at = clock_timestamp(),
       started_at = coalesce(started_at, clock_timestamp())
  FROM quick, due LEFT JOIN accounts_user u ON u.id = due.owner_id
 WHERE j.id = due.id
RETURNING {", ".join(f"j.{name}" for name in CLAIMED)}, {", ".join(f"u.{name} AS owner__{name}" for name in OWNER)}"""  # noqa: S608  # nosec B608

# A row has a claim exactly while it is active. Whoever else has locked it waits for nothing and leaves at once: a claim
# that came too late, or a rescue, after which it isn't ours. Skipping it would leave it to nobody.
HOLD = """
SELECT id FROM slimy_job WHERE id = ANY(%(ids)s::uuid[]) AND claim = %(claim)s ORDER BY id FOR NO KEY UPDATE"""

# Goes with COMMIT, so it divides by zero, which undoes all, when a row was rescued meanwhile. LIMIT tells PostgreSQL
# how many there are, so that it looks each of them up.
COMPLETE = """
WITH done AS (
  UPDATE slimy_job j SET status = 'completed', claim = NULL, finished_at = clock_timestamp(), result = o.result
    FROM (SELECT * FROM jsonb_to_recordset(%(outcomes)s::jsonb) AS r(id uuid, result jsonb) LIMIT %(held)s) o
   WHERE j.id = o.id AND j.claim = %(claim)s RETURNING j.id)
SELECT 1 / (count(*) = %(held)s)::int FROM done"""

FAIL = """
UPDATE slimy_job j
   SET claim = NULL, errors = j.errors || o.error::jsonb, attempts = j.attempts - o.free::int,
       setbacks = j.setbacks + o.free::int, status = CASE WHEN o.over THEN 'failed' ELSE 'queued' END,
       finished_at = CASE WHEN o.over THEN clock_timestamp() END,
       available_at = clock_timestamp() + make_interval(secs => o.delay),
       ring_at = clock_timestamp() + make_interval(secs => o.delay)
  FROM (SELECT u.*, k.id AS held,
               u.permanent OR (NOT u.free AND k.attempts >= k.max_attempts)
               OR (u.free AND k.setbacks >= %(max_setbacks)s) AS over
          FROM unnest(%(ids)s::uuid[], %(errors)s::text[], %(delays)s::float8[],
                      %(permanent)s::bool[], %(free)s::bool[]) AS u(id, error, delay, permanent, free)
          JOIN slimy_job k ON k.id = u.id) o
 WHERE j.id = o.id AND j.claim = %(claim)s RETURNING j.id, j.status"""

POSTPONE = """
UPDATE slimy_job
   SET claim = NULL, status = 'queued', attempts = attempts - 1, ring_at = clock_timestamp()
 WHERE claim = %(claim)s AND status = 'active' AND (%(ids)s::uuid[] IS NULL OR id = ANY(%(ids)s::uuid[]))
 RETURNING id"""

GIVE_BACK = """
UPDATE slimy_job
   SET claim = NULL, attempts = attempts - 1, setbacks = setbacks + 1,
       status = CASE WHEN setbacks >= %(max_setbacks)s THEN 'failed' ELSE 'queued' END,
       finished_at = CASE WHEN setbacks >= %(max_setbacks)s THEN clock_timestamp() END,
       errors = CASE WHEN setbacks >= %(max_setbacks)s THEN errors || jsonb_build_object(
                  'attempt', attempts, 'code', 'infrastructure', 'type', 'Infrastructure', 'at', clock_timestamp(),
                  'message', 'The database kept aborting the work.') ELSE errors END,
       available_at = clock_timestamp() + make_interval(secs => %(delay)s * least(30, 1 + setbacks)),
       ring_at = clock_timestamp() + make_interval(secs => %(delay)s * least(30, 1 + setbacks))
 WHERE claim = %(claim)s AND status = 'active' RETURNING id"""

SUSPECTS = """
UPDATE slimy_job SET ring_at = clock_timestamp()
 WHERE id = ANY(%(ids)s::uuid[]) AND status = 'queued' AND available_at <= clock_timestamp()
   AND (crashes > 0 OR type = ANY(%(apart)s::text[]))
RETURNING id, type = ANY(%(apart)s::text[]) AS apart"""

STEP_OUTSIDE = """
UPDATE slimy_job SET silent_until = clock_timestamp() + make_interval(secs => %(silence)s), progress = NULL
 WHERE claim = %(claim)s AND status = 'active' RETURNING id"""

# Its loss would only be the loss of a number: nobody waits for the disk.
NOTE_PROGRESS = """
WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
UPDATE slimy_job SET progress = %(progress)s::jsonb FROM quick
 WHERE claim = %(claim)s AND status = 'active' RETURNING id"""

# A session that ended took its locks along, and can't come back: its process number may be another's by now, but then
# that one began after the claim. Of a session that lives but has been silent for too long the same is believed.
RESCUE = """
WITH living AS MATERIALIZED (SELECT pid, coalesce(backend_start, '-infinity') AS since FROM pg_stat_activity),
dead AS MATERIALIZED (
  SELECT id FROM slimy_job j
   WHERE status = 'active'
     AND (greatest(claimed_at + make_interval(secs => %(silence)s), silent_until) < clock_timestamp()
          OR NOT EXISTS (SELECT FROM living l WHERE l.pid = j.claimed_in AND l.since <= j.claimed_at))
   ORDER BY id LIMIT 500 FOR NO KEY UPDATE SKIP LOCKED)
UPDATE slimy_job j
   SET claim = NULL, attempts = attempts - 1, crashes = crashes + 1,
       solo_crashes = solo_crashes + (claim_size = 1)::int,
       status = CASE WHEN solo_crashes + (claim_size = 1)::int >= 3 THEN 'failed' ELSE 'queued' END,
       finished_at = CASE WHEN solo_crashes + (claim_size = 1)::int >= 3 THEN clock_timestamp() END,
       errors = errors || jsonb_build_object(
         'attempt', attempts, 'code', 'worker_crashed', 'type', 'WorkerCrashed', 'at', clock_timestamp(),
         'message', 'The worker died while it held the job.', 'worker', claimed_by, 'alone', claim_size = 1),
       available_at = clock_timestamp(), ring_at = clock_timestamp()
  FROM dead WHERE j.id = dead.id RETURNING j.id, j.type, j.status, j.crashes, j.claimed_by"""

TAKE_UNRUNG = """
WITH unrung AS MATERIALIZED (
  SELECT id FROM slimy_job WHERE status = 'queued' AND queue = %(queue)s AND ring_at <= clock_timestamp()
   ORDER BY ring_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED)
UPDATE slimy_job j
   SET deliveries = deliveries + 1,
       ring_at = clock_timestamp() + least(make_interval(secs => 300),
                   greatest(make_interval(secs => %(again)s), clock_timestamp() - available_at))
  FROM unrung WHERE j.id = unrung.id RETURNING j.id, j.queue, j.priority, j.deliveries, j.number"""

CANCEL = """
UPDATE slimy_job SET status = 'cancelled', finished_at = clock_timestamp()
 WHERE id = %(id)s AND status = 'queued' RETURNING id"""

RETRY = """
UPDATE slimy_job
   SET status = 'queued', attempts = 0, setbacks = 0, crashes = 0, solo_crashes = 0, finished_at = NULL,
       available_at = clock_timestamp(), ring_at = clock_timestamp()
 WHERE id = %(id)s AND status = 'failed' RETURNING id"""

# Many at once, for staff: rows that a worker holds are left alone.
CANCEL_MANY = """
WITH still AS MATERIALIZED (
  SELECT id FROM slimy_job WHERE id = ANY(%(ids)s::uuid[]) AND status = 'queued'
   ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
UPDATE slimy_job j SET status = 'cancelled', finished_at = clock_timestamp()
  FROM still WHERE j.id = still.id RETURNING j.id"""

RETRY_MANY = """
WITH still AS MATERIALIZED (
  SELECT id FROM slimy_job WHERE id = ANY(%(ids)s::uuid[]) AND status = 'failed'
   ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
UPDATE slimy_job j
   SET status = 'queued', attempts = 0, setbacks = 0, crashes = 0, solo_crashes = 0, finished_at = NULL,
       available_at = clock_timestamp(), ring_at = clock_timestamp()
  FROM still WHERE j.id = still.id RETURNING j.id"""
