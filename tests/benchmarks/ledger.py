"""A ledger of a million jobs, as after a busy week: made by PostgreSQL itself, for what staff see of it."""

from django.db import connection

from slimy.accounts.models import User

PEOPLE = 200
WEEK = 7 * 24 * 3600  # seconds; half of the jobs are of its last day

JOBS = """
INSERT INTO slimy_job
  (id, number, queue, type, payload, owner_id, priority, request_id, fingerprint, status, attempts, max_attempts,
   setbacks, crashes, solo_crashes, claim, claim_size, claimed_by, claimed_at, deliveries, created_at, available_at,
   ring_at, started_at, finished_at, result, errors)
SELECT uuidv7(made.at - clock_timestamp()), made.n, CASE WHEN made.n %% 25 = 0 THEN 'audit' ELSE 'database' END,
       (ARRAY['save_message', 'save_message', 'save_message', 'save_messages', 'get_messages', 'create_conversation',
              'get_conversations', 'ingest_club_metrics', 'update_conversation',
              'update_guild_settings'])[1 + made.n %% 10],
       jsonb_build_object('conversationId', gen_random_uuid(),
                          'message', jsonb_build_object('role', 'user', 'content', 'hello world #' || made.n)),
       (SELECT min(id) FROM accounts_user) + made.n %% %(people)s, 0, gen_random_uuid()::text, '', made.status,
       CASE WHEN made.status IN ('queued', 'cancelled') THEN 0 ELSE 1 END, 3, 0, 0, 0,
       CASE WHEN made.status = 'active' THEN gen_random_uuid() END, 1, 'worker', made.at, 1, made.at, made.at,
       now() + interval '1 hour', CASE WHEN made.status NOT IN ('queued', 'cancelled') THEN made.at END,
       CASE WHEN made.status NOT IN ('queued', 'active')
            THEN made.at + make_interval(secs => 0.005 + (made.n %% 97) * 0.003) END,
       CASE WHEN made.status = 'completed' THEN '{"ok": true}'::jsonb END,
       CASE WHEN made.status = 'failed' THEN jsonb_build_array(jsonb_build_object('attempt', 1, 'at', made.at,
            'code', (ARRAY['internal_error', 'conversation_not_found', 'job_timeout'])[1 + made.n %% 3],
            'type', 'Error', 'message', 'It went wrong.')) ELSE '[]'::jsonb END
  FROM (SELECT n, now() - make_interval(secs => CASE WHEN n * 2 < %(jobs)s
                 THEN %(week)s - n * 2.0 / %(jobs)s * (%(week)s - 86400)
                 ELSE 86400 - (n * 2.0 / %(jobs)s - 1) * 86400 END) AS at,
               CASE WHEN n > %(jobs)s - 5000 THEN 'queued' WHEN n > %(jobs)s - 5100 THEN 'active'
                    WHEN n %% 100 = 7 THEN 'failed' WHEN n %% 500 = 3 THEN 'cancelled' ELSE 'completed' END AS status
          FROM generate_series(1, %(jobs)s) n) made"""


def fill(jobs: int) -> None:
    """Empty the ledger and put so many jobs of `PEOPLE` into it: 1 % failed, some cancelled, 5000 waiting."""
    if User.objects.count() < PEOPLE:
        User.objects.bulk_create(User(username=f"bench{n}") for n in range(PEOPLE))
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE slimy_job")
        cursor.execute(JOBS, {"jobs": jobs, "people": PEOPLE, "week": WEEK})
        cursor.execute("SELECT setval('slimy_job_number', %s)", [jobs])
        cursor.execute("VACUUM (ANALYZE) slimy_job")
