"""What must hold in conversations. Messages and conversations have the ids of the jobs that made them."""

from slimy.backups.invariants import INVARIANTS, ids

_MISCOUNTED = """
SELECT c.id FROM chat_conversation c
 WHERE message_count <> (SELECT count(*) FROM chat_message m WHERE m.conversation_id = c.id)"""

_WITHOUT_COMPLETION = """
SELECT j.id FROM slimy_job j JOIN (SELECT id FROM chat_message UNION ALL SELECT id FROM chat_conversation) e USING (id)
 WHERE j.status <> 'completed'"""

_WITHOUT_EFFECT = """
SELECT j.id FROM slimy_job j JOIN chat_conversation c ON c.id = (j.payload ->> 'conversationId')::uuid
 WHERE j.type = 'save_message' AND j.status = 'completed'
   AND NOT EXISTS (SELECT FROM chat_message m WHERE m.id = j.id)"""


@INVARIANTS.add("conversations know how many messages they have")
def miscounted(subject: None) -> list[str]:
    """Conversations with another count."""
    return ids(_MISCOUNTED)


@INVARIANTS.add("no effect without a completed job")
def without_completion(subject: None) -> list[str]:
    """Jobs that aren't completed although what they make is there."""
    return ids(_WITHOUT_COMPLETION)


@INVARIANTS.add("no completed message without its row")
def without_effect(subject: None) -> list[str]:
    """Completed jobs whose message isn't there although their conversation is."""
    return ids(_WITHOUT_EFFECT)
