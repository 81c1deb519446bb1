"""Many jobs of one type in one statement each.

Every function does those of the jobs that it can, and says what they answer; those that it leaves out (the conversation
is somebody else's, or not there yet) are done one by one, in chat/jobs.py, which knows what to say to each.
"""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from chat.invalidation import conversations_changed, guilds_of
from chat.models import ITEMS_PER_JOB
from slimy.ids import new_id
from slimy.jobs.models import Job
from slimy.jobs.registry import Data, Results
from slimy.sql import query
from slimy.wire import instant

_CREATE = """
INSERT INTO chat_conversation (id, owner_id, title, personality_mode, message_count, version, created_at, updated_at)
SELECT id, owner, title, mode, 0, 1, at, clock_timestamp()
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS made(id uuid, owner bigint, title text, mode text, at timestamptz)"""

# Locked in the order of their ids, as one job after the other would lock them.
_APPEND = """
WITH said AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS said(id uuid, conversation uuid, owner bigint, position bigint,
                                                             role text, content text, mode text, at timestamptz)),
mine AS MATERIALIZED (
  SELECT id, owner_id FROM chat_conversation WHERE (id, owner_id) IN (SELECT conversation, owner FROM said)
   ORDER BY id FOR NO KEY UPDATE),
added AS (
  INSERT INTO chat_message (id, conversation_id, author_id, position, role, content, personality_mode, created_at)
  SELECT s.id, s.conversation, s.owner, s.position, s.role, s.content, s.mode, s.at
    FROM said s JOIN mine m ON m.id = s.conversation AND m.owner_id = s.owner
  RETURNING conversation_id, author_id),
touched AS (
  UPDATE chat_conversation c SET updated_at = clock_timestamp(), message_count = c.message_count + a.messages
    FROM (SELECT conversation_id, count(*) AS messages FROM added GROUP BY conversation_id) a
   WHERE c.id = a.conversation_id)
SELECT conversation_id, author_id, ARRAY(SELECT guild_id FROM guilds_membership WHERE user_id = author_id) AS guilds
  FROM added GROUP BY conversation_id, author_id"""


def create_conversations(jobs: Sequence[tuple[Job, Data]]) -> Results:
    """`create_conversation`, all of them."""
    rows = [
        {
            "id": str(job.id),
            "owner": job.owner_id,
            "title": data.get("title", ""),
            "mode": data["personality_mode"],
            "at": job.created_at.isoformat(),
        }
        for job, data in jobs
    ]
    query(_CREATE, {"rows": json.dumps(rows)})
    owners = {job.require_owner().pk for job, _ in jobs}
    conversations_changed([(job.id, job.require_owner().pk) for job, _ in jobs], guilds_of(owners))
    return {job.id: {"conversationId": str(job.id), "createdAt": instant(job.created_at)} for job, _ in jobs}


def save_each_message(jobs: Sequence[tuple[Job, Data]]) -> Results:
    """`save_message`, those whose conversations are there and their owners'."""
    done = _append([(job, data["conversation_id"], [data["message"]], [job.id]) for job, data in jobs])
    saved = instant(timezone.now())
    return {job.id: {"messageId": str(job.id), "savedAt": saved} for job in done}


def save_all_messages(jobs: Sequence[tuple[Job, Data]]) -> Results:
    """`save_messages`, likewise."""
    ids = {job.id: _ids_of(job, data["messages"]) for job, data in jobs}
    done = _append([(job, data["conversation_id"], data["messages"], ids[job.id]) for job, data in jobs])
    saved = instant(timezone.now())
    return {job.id: messages_saved(ids[job.id], saved) for job in done}


def messages_saved(ids: Sequence[UUID], saved: str | None) -> Data:
    """What `save_messages` answers."""
    items = [{"index": index, "messageId": str(id), "outcome": "saved"} for index, id in enumerate(ids)]
    return {"messageIds": [str(id) for id in ids], "items": items, "savedAt": saved}


def _ids_of(job: Job, messages: Sequence[Any]) -> list[UUID]:
    return [job.id] if len(messages) == 1 else [new_id() for _ in messages]


def _append(said: Sequence[tuple[Job, UUID, Sequence[Data], Sequence[UUID]]]) -> list[Job]:
    """Add messages (job, conversation, messages, their ids); returns the jobs whose messages were added."""
    rows = [
        {
            "id": str(id),
            "conversation": str(conversation),
            "owner": job.owner_id,
            "position": job.number * ITEMS_PER_JOB + place,
            "role": message["role"],
            "content": message["content"],
            "mode": message.get("personality_mode", ""),
            "at": job.created_at.isoformat(),
        }
        for job, conversation, messages, ids in said
        for place, (message, id) in enumerate(zip(messages, ids, strict=True))
    ]
    found = query(_APPEND, {"rows": json.dumps(rows)})
    added = {(row["conversation_id"], row["author_id"]) for row in found}
    conversations_changed(added, {guild for row in found for guild in row["guilds"]})
    return [job for job, conversation, *_ in said if (conversation, job.owner_id) in added]
