"""Conversations, messages and finished jobs by the million, all of one user's, made by PostgreSQL itself."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from knox.models import AuthToken

from slimy.accounts.models import User
from tests.benchmarks import world

CONVERSATIONS = """
INSERT INTO chat_conversation
  (id, owner_id, title, personality_mode, message_count, version, created_at, updated_at)
SELECT uuidv7(), {owner}, 'Conversation ' || n, 'helpful', {each}, 1, now(), now() - n * interval '1 min'
  FROM generate_series(1, {conversations}) n"""
MESSAGES = """
INSERT INTO chat_message (id, conversation_id, author_id, position, role, content, personality_mode, created_at)
SELECT uuidv7(), c.id, {owner}, (k * {conversations} + c.n) * 1000, 'user', 'hello world #' || k, 'helpful', now()
  FROM generate_series(1, {each}) k, (SELECT id, row_number() OVER () AS n FROM chat_conversation) c"""
JOBS = """
INSERT INTO slimy_job
  (id, number, queue, type, payload, owner_id, priority, request_id, fingerprint, status, attempts, max_attempts,
   setbacks, crashes, solo_crashes, claim_size, claimed_by, deliveries, started_at, finished_at, result, errors)
SELECT uuidv7(), n, 'database', 'save_message', '{{"message": {{"role": "user", "content": "hello world"}}}}',
       {owner}, 0, '', '', 'completed', 1, 3,
       0, 0, 0, 1, 'archive', 1, now() - n * interval '1 s', now() - n * interval '1 s', '{{}}', '[]'
  FROM generate_series(1, {messages}) n"""
KEYS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE conrelid = %s::regclass AND contype IN ('p', 'u', 'f') ORDER BY contype = 'f'"""
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s"


def fill(conversations: int, messages: int) -> str:
    """Put them into the database that Django is connected to; returns the user's token.

    Messages of all conversations lie mixed, as they do after years. There is a finished job for each message.
    """
    user = User.objects.create_user("archivist")
    numbers = {
        "owner": user.pk,
        "conversations": conversations,
        "messages": messages,
        "each": messages // conversations,
    }
    world.execute("SET maintenance_work_mem = '512MB'")
    world.execute("TRUNCATE chat_message, chat_conversation, slimy_job")
    world.execute(CONVERSATIONS.format(**numbers))
    for table, sql in (("chat_message", MESSAGES), ("slimy_job", JOBS)):
        with _bare(table):
            world.execute(sql.format(**numbers))
    world.execute("VACUUM (ANALYZE) chat_conversation, chat_message, slimy_job")
    return str(AuthToken.objects.create(user=user)[1])


@contextmanager
def _bare(table: str) -> Iterator[None]:
    """The table without keys and indexes within the block: making them afterwards is many times as fast."""
    keys, indexes = _rows(KEYS, table), _rows(INDEXES, table)
    named = {name for name, _ in keys}
    for name, _ in reversed(keys):
        world.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    indexes = [(name, definition) for name, definition in indexes if name not in named]
    for name, _ in indexes:
        world.execute(f'DROP INDEX "{name}"')
    yield
    for name, definition in keys:
        world.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    for _, definition in indexes:
        world.execute(definition)


def _rows(sql: str, table: str) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [table])
        return list(cursor.fetchall())
