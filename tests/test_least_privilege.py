"""The shipped roles, grants, and Valkey's users: everything works with them, and nothing more."""

import hashlib
import os
import random
import shutil
import subprocess
import sys
from urllib.parse import quote

import psycopg
import pytest
import redis

from slimy.stack import ports
from slimy.stack.folder import Folder, throwaway_path
from slimy.stack.postgres import SUPERUSER, Postgres
from slimy.stack.valkey import Valkey
from tests.conftest import ROOT

FILES = ROOT / "docs" / "operations" / "files"
PASSWORD = "a-password-of-the-tests"
HASH = hashlib.sha256(PASSWORD.encode()).hexdigest()
ROLES = ("slimy_owner", "slimy_web", "slimy_worker", "slimy_pruner", "slimy_backup")

ACCEPT = """
import django; django.setup()
from clubs.examples import NEW_SCAN
from guilds.models import Guild, Membership, Role
from slimy.accounts.models import User
from slimy.jobs.queue import add_job, Job
user = User.objects.create_user("alice")
guild = Guild.objects.create(id="112233445566778899", name="Snail Keepers")
Membership.objects.create(guild=guild, user=user, role=Role.ADMIN)
talk = {"conversationId": str(add_job("database", "create_conversation", {"title": "Hello"}, user).pk)}
message = {"role": "user", "content": "Hi!"}
add_job("database", "save_message", {**talk, "message": message}, user)
add_job("database", "save_messages", {**talk, "messages": [message]}, user)
add_job("database", "update_conversation", {**talk, "title": "Hello again"}, user)
add_job("database", "get_conversations", {}, user)
add_job("database", "get_messages", talk, user)
add_job("database", "update_guild_settings", {"guildId": guild.pk, "patch": {"sheetTab": "Autumn"}}, user)
add_job("database", "ingest_club_metrics", {"guildId": guild.pk, **NEW_SCAN["Rows"]}, user)
add_job("database", "recompute_club_latest", {"guildId": guild.pk}, user)
add_job("chat", "chat_bot_interaction", {"prompt": "Hi?", "guildId": guild.pk}, user)
"""


UNDONE = """
SELECT type, status, errors -> -1 ->> 'code', errors -> -1 ->> 'message', right(errors -> -1 ->> 'trace', 1500)
  FROM slimy_job WHERE status <> 'completed'"""


class ShippedValkey(Valkey):
    """Valkey with the files that we ship, on another port and folder."""

    def command(self, port):
        users = (FILES / "users.acl").read_text().replace("#REPLACE-WITH-SHA256-OF-PASSWORD", f"#{HASH}")
        acl = self.folder.write("valkey-server/users.acl", users, for_server=True)
        text = (FILES / "valkey.conf").read_text()
        for shipped, here in (
            ("port 6379", f"port {port}"),
            ("bind 127.0.0.1 ::1", "bind 127.0.0.1"),
            ("/etc/valkey/users.acl", str(acl)),
            ("dir /var/lib/valkey", f"dir {self.data}"),
        ):
            assert shipped in text
            text = text.replace(shipped, here)
        return [self._binary(), self.folder.write("valkey-server/valkey.conf", text, for_server=True)]

    @property
    def url(self):
        return f"redis://slimy:{PASSWORD}@{ports.HOST}:{self.port}/0"


@pytest.fixture(scope="module")
def place():
    path = throwaway_path()
    folder = Folder.open(path)
    postgres = Postgres(folder, ports.free(random.randrange(20_000, 24_000)), durable=False)
    valkey = ShippedValkey(folder, ports.free(random.randrange(25_000, 29_000)), durable=False)
    try:
        postgres.start()
        valkey.start()
        set_up(postgres, folder, valkey)
        yield postgres, folder, valkey
    finally:
        valkey.stop()
        postgres.stop()
        shutil.rmtree(path, ignore_errors=True)


def set_up(postgres, folder, valkey):
    """As docs/operations/one-machine.md says."""
    superuser = url_of(postgres, SUPERUSER, folder.secret("postgres-superuser"))
    psql(postgres, superuser, FILES / "roles.sql")
    with psycopg.connect(superuser, autocommit=True) as connection:
        for role in ROLES:
            connection.execute(
                psycopg.sql.SQL("ALTER ROLE {} PASSWORD {}").format(psycopg.sql.Identifier(role), PASSWORD)
            )
    manage(postgres, valkey, "slimy_owner", "manage.py", "migrate", "--verbosity=0")
    psql(postgres, url_of(postgres, "slimy_owner"), FILES / "grants.sql")
    psql(postgres, url_of(postgres, "slimy_owner"), FILES / "grants.sql")


def url_of(postgres, role, password=PASSWORD):
    return f"postgres://{role}:{quote(password, safe='')}@{ports.HOST}:{postgres.port}/slimy"


def psql(postgres, url, file):
    command = [postgres._bin() / "psql", "--set", "ON_ERROR_STOP=1", "--quiet", "--file", file, url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def manage(postgres, valkey, role, *arguments):
    urls = {"DATABASE_URL": url_of(postgres, role), "REDIS_URL": valkey.url}
    environment = {name: value for name, value in os.environ.items() if name != "CACHE_URL"}
    environment |= urls | {"DJANGO_SETTINGS_MODULE": "slimy.settings", "LOG_LEVEL": "WARNING"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def ask(place, role, statement):
    with psycopg.connect(url_of(place[0], role), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_jobs_go_all_the_way_with_the_rights_that_are_given(place):
    postgres, _, valkey = place
    with redis.Redis(port=valkey.port, username="operator", password=PASSWORD) as operator:
        operator.acl_log_reset()
    manage(postgres, valkey, "slimy_web", "-c", ACCEPT)
    said = manage(postgres, valkey, "slimy_worker", "manage.py", "rqworker", "database", "--burst")
    said += manage(postgres, valkey, "slimy_worker", "manage.py", "rqworker", "chat", "audit", "--burst")
    assert "NOPERM" not in said
    assert "permission denied" not in said
    undone = ask(place, "slimy_web", UNDONE)
    assert not undone, undone
    assert ask(place, "slimy_web", "SELECT message_count FROM chat_conversation") == [(2,)]
    with redis.Redis(port=valkey.port, username="operator", password=PASSWORD, decode_responses=True) as operator:
        assert operator.acl_log() == []


@pytest.mark.parametrize("role", ["slimy_web", "slimy_worker", "slimy_pruner", "slimy_backup"])
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine ()",
        "CREATE TEMPORARY TABLE mine ()",
        "ALTER TABLE slimy_job ADD COLUMN mine int",
        "DROP TABLE slimy_job",
        "TRUNCATE slimy_job",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "UPDATE slimy_audit_event SET outcome = 'nothing happened'",
        "TRUNCATE slimy_audit_event",
        "ALTER TABLE slimy_audit_event DISABLE TRIGGER ALL",
        "DELETE FROM django_migrations",
        "COPY slimy_job TO PROGRAM 'true'",
    ],
)
def test_nobody_but_the_owner_changes_tables_and_nobody_the_trail(place, role, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(place, role, statement)


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("slimy_worker", "SELECT password FROM accounts_user"),
        ("slimy_worker", "UPDATE accounts_user SET is_superuser = true"),
        ("slimy_worker", "SELECT digest FROM knox_authtoken"),
        ("slimy_worker", "INSERT INTO django_session VALUES ('a', 'b', now())"),
        ("slimy_worker", "SELECT key FROM otp_totp_totpdevice"),
        ("slimy_worker", "SELECT digest FROM accounts_recoverycode"),
        ("slimy_worker", "DELETE FROM slimy_audit_event"),
        ("slimy_web", "DELETE FROM slimy_audit_event"),
        ("slimy_pruner", "SELECT password FROM accounts_user"),
        ("slimy_pruner", "DELETE FROM slimy_job"),
        ("slimy_backup", "DELETE FROM slimy_job"),
    ],
)
def test_each_has_only_what_it_needs(place, role, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(place, role, statement)


def test_limits_come_with_the_role(place):
    assert ask(place, "slimy_web", "SHOW statement_timeout") == [("15s",)]
    assert ask(place, "slimy_worker", "SHOW idle_in_transaction_session_timeout") == [("5min",)]
    assert ask(place, "slimy_owner", "SHOW lock_timeout") == [("3s",)]


def test_the_applications_user_of_valkey_has_its_keys_and_no_power(place):
    client = redis.Redis(port=place[2].port, username="slimy", password=PASSWORD)
    for command in (
        "CONFIG GET dir",
        "FLUSHALL",
        "FLUSHDB",
        "SHUTDOWN",
        "KEYS *",
        "ACL LIST",
        "DEBUG SLEEP 0",
        "MODULE LIST",
        "REPLICAOF no one",
        "SET other:key 1",
        "GET other:key",
        "PUBLISH other:channel x",
    ):
        with pytest.raises(redis.exceptions.ResponseError):
            client.execute_command(*command.split())
    client.close()


def test_without_a_password_valkey_answers_nobody(place):
    with redis.Redis(port=place[2].port) as client, pytest.raises(redis.exceptions.RedisError):
        client.ping()
