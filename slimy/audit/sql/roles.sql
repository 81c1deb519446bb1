-- Two roles instead of one, for installations that want the trail safe from their own application.
-- Run it as a superuser after `manage.py migrate`, with the names of your roles:
--
--   psql -v app=slimy -v pruner=slimy_pruner -v owner=slimy_owner -f slimy/audit/sql/roles.sql slimy
--
-- `app` is whom DATABASE_URL names for web and workers: it may add and read events, and nothing else. `pruner` is whom
-- DATABASE_URL names where `manage.py prune_audit` runs. `owner` owns the table, so that `app` can't drop the trigger;
-- migrations of the trail are then to be run as `owner` (GRANT :"owner" TO whoever migrates).
-- The trigger stays: it refuses UPDATE to everybody, and DELETE to whoever doesn't say that it prunes.

\set ON_ERROR_STOP on
BEGIN;
SELECT format('CREATE ROLE %I NOLOGIN', :'owner') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner') \gexec
SELECT format('CREATE ROLE %I LOGIN', :'pruner') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'pruner') \gexec
ALTER TABLE slimy_audit_event OWNER TO :"owner";
ALTER FUNCTION slimy_audit_append_only() OWNER TO :"owner";
REVOKE ALL ON slimy_audit_event FROM PUBLIC, :"app", :"pruner";
GRANT SELECT, INSERT ON slimy_audit_event TO :"app";
GRANT SELECT, DELETE ON slimy_audit_event TO :"pruner";
-- The pruner's own event goes through the ledger, like all others.
GRANT SELECT, INSERT ON slimy_job TO :"pruner";
GRANT USAGE ON SEQUENCE slimy_job_number TO :"pruner";
GRANT SELECT ON django_migrations TO :"pruner";
COMMIT;
