"""What `make run` seeds and `make demo` shows of the chat."""

from collections.abc import Mapping

from slimy.accounts.models import User
from slimy.jobs.queue import add_job
from slimy.stack.tour import Tour

TALKS = {
    "alice": ("Club night on Friday", "professional"),
    "bob": ("Who kept the snails?", "casual"),
    "charlie": ("", "helpful"),
}
LINES = (
    ("user", "Which members have not been seen since last week?"),
    ("assistant", "Three of them: Rukei, Xyth and edge. Shall I write to them?"),
    ("user", "Yes, please. Keep it friendly."),
    ("assistant", "Done. I will tell you when they answer."),
)


def seed(users: Mapping[str, User]) -> None:
    """A conversation with some messages for everybody, made by real jobs: the worker does them when it starts."""
    for name, (title, mode) in TALKS.items():
        made = add_job("database", "create_conversation", {"title": title, "personalityMode": mode}, users[name])
        messages = [{"role": role, "content": content} for role, content in LINES]
        add_job("database", "save_messages", {"conversationId": str(made.pk), "messages": messages}, users[name])


def tour(tour: Tour) -> None:
    """The life of a conversation; the change that comes too late is expected to fail."""
    made = tour.job("POST", "/api/chat/conversations", {"title": "A tour", "personalityMode": "casual"})
    conversation = made["result"]["conversationId"]
    message = {"role": "user", "content": "Hello there!"}
    tour.job("POST", "/api/chat/messages", {"conversationId": conversation, "message": message})
    answers = [{"role": "assistant", "content": f"Answer {number}"} for number in range(1, 4)]
    tour.job("POST", "/api/chat/messages/bulk", {"conversationId": conversation, "messages": answers})
    tour.submit("get_messages", {"conversationId": conversation, "limit": 10})
    tour.job("PATCH", f"/api/chat/conversations/{conversation}", {"title": "A longer tour"})
    late = {"title": "Too late", "ifUnmodifiedSince": made["createdAt"]}
    tour.job("PATCH", f"/api/chat/conversations/{conversation}", late, expect="failed")
    tour.submit("get_conversations", {"limit": 5})
    tour.job("DELETE", f"/api/chat/conversations/{conversation}")
