-- What the roles of roles.sql may do with the tables. By slimy_owner, after every `manage.py migrate`:
--
--   psql --set ON_ERROR_STOP=1 --file grants.sql "$DATABASE_URL"
--
-- It starts from nothing and runs in one transaction, so running it again is safe, also while the system works.

BEGIN;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM slimy_web, slimy_worker, slimy_pruner;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM slimy_web, slimy_worker, slimy_pruner;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO slimy_web, slimy_worker;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO slimy_web, slimy_worker;

-- What was migrated is the owner's matter.
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM slimy_web, slimy_worker;

-- The audit trail only grows. (A trigger says so too, but whoever owns a table could drop it.)
REVOKE UPDATE, DELETE ON slimy_audit_event FROM slimy_web, slimy_worker;
GRANT SELECT, DELETE ON slimy_audit_event TO slimy_pruner;
GRANT SELECT, INSERT ON slimy_job TO slimy_pruner;  -- that it was pruned is an event like any other
GRANT USAGE ON SEQUENCE slimy_job_number TO slimy_pruner;
GRANT SELECT ON django_migrations, django_content_type TO slimy_pruner;

-- A worker knows who owns a job. Passwords, tokens, sessions, second factors and rights are none of its business.
REVOKE ALL ON accounts_user, accounts_user_groups, accounts_user_user_permissions, auth_group, auth_group_permissions,
              auth_permission, django_admin_log, django_session, knox_authtoken, otp_totp_totpdevice, accounts_recoverycode
         FROM slimy_worker;
GRANT SELECT (id, username, first_name, last_name, email, discord_id, is_active, is_staff, is_superuser, date_joined,
              last_login) ON accounts_user TO slimy_worker;  -- all but the password
GRANT SELECT ON accounts_user_groups, accounts_user_user_permissions, auth_group, auth_group_permissions, auth_permission
   TO slimy_worker;

COMMIT;
