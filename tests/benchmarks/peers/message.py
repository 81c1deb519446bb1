"""The work of one job, for the peers in Python: one lasting connection a process, one transaction a job."""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

import psycopg

TOUCH = "UPDATE bench_peer.conversation SET updated_at = now() WHERE id = %s AND user_id = %s"
INSERT = """
INSERT INTO bench_peer.message (conversation_id, user_id, role, content, personality_mode)
VALUES (%s, %s, %s, %s, %s) RETURNING id"""


@cache
def _connection(pid: int) -> psycopg.Connection[Any]:
    return psycopg.connect(os.environ["BENCH_DATABASE_URL"], autocommit=True)


def save_message(data: dict[str, Any]) -> dict[str, Any]:
    """Check the owner and touch the conversation, insert the message."""
    connection = _connection(os.getpid())
    with connection.transaction():
        if not connection.execute(TOUCH, [data["conversationId"], data["userId"]]).rowcount:
            raise LookupError("no such conversation of this user")
        values = [data[name] for name in ("conversationId", "userId", "role", "content", "personalityMode")]
        row = connection.execute(INSERT, values).fetchone()
    assert row
    return {"success": True, "messageId": row[0], "savedAt": datetime.now(UTC).isoformat()}
