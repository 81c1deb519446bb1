-- The roles of an installation and what they may do at all. Once, by a superuser, before the first `manage.py migrate`:
--
--   createdb slimy
--   psql --set ON_ERROR_STOP=1 --dbname slimy --file roles.sql
--   psql --dbname slimy --command '\password slimy_web'          -- and for each other role
--
-- slimy_owner    owns the tables; `manage.py migrate` runs as it, nothing else does
-- slimy_web      the web processes
-- slimy_worker   `manage.py rqworker`
-- slimy_pruner   `manage.py prune_audit`, the one who may delete from the audit trail
-- slimy_backup   pg_dump
--
-- What each may do with which table is in grants.sql, to be run after every `manage.py migrate`.

BEGIN;

SELECT format('CREATE ROLE %I LOGIN', name)
  FROM unnest(ARRAY['slimy_owner', 'slimy_web', 'slimy_worker', 'slimy_pruner', 'slimy_backup']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

SELECT format('ALTER DATABASE %I OWNER TO slimy_owner', current_database()) \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO slimy_web, slimy_worker, slimy_pruner, slimy_backup',
              current_database()) \gexec

REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO slimy_owner;
GRANT USAGE ON SCHEMA public TO slimy_web, slimy_worker, slimy_pruner, slimy_backup;

-- Both look at other sessions: workers find out which of them died, web processes show it to staff.
GRANT pg_read_all_stats TO slimy_web, slimy_worker;
GRANT pg_read_all_data TO slimy_backup;

-- Backstops. The application asks for tighter limits itself (DATABASE_PATIENCE, JOBS_SECONDS); these hold where it doesn't.
ALTER ROLE slimy_web SET statement_timeout = '15s';
ALTER ROLE slimy_web SET lock_timeout = '5s';
ALTER ROLE slimy_web SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE slimy_worker SET statement_timeout = '5min';
ALTER ROLE slimy_worker SET lock_timeout = '30s';
ALTER ROLE slimy_worker SET idle_in_transaction_session_timeout = '5min';
-- A migration that doesn't get its lock gives up: whoever waits for a lock on a table holds up everybody behind it.
ALTER ROLE slimy_owner SET lock_timeout = '3s';
ALTER ROLE slimy_owner SET idle_in_transaction_session_timeout = '1min';

COMMIT;
