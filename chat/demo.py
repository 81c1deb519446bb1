"""What `make run` seeds and `make demo` shows of the chat."""

from collections.abc import Mapping

from guilds.demo import SNAIL_KEEPERS
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
ROOM = (
    ("bob", "The snails have been fed.", False),
    ("alice", "Thank you! Baseline is due on Sunday.", False),
    ("alice", "Should Charlie become an officer?", True),
)
QUESTION = "When is the next club night?"


def seed(users: Mapping[str, User]) -> None:
    """A conversation for everybody and talk in the guild, made by real jobs: the workers do them when they start."""
    for name, (title, mode) in TALKS.items():
        made = add_job("database", "create_conversation", {"title": title, "personalityMode": mode}, users[name])
        messages = [{"role": role, "content": content} for role, content in LINES]
        add_job("database", "save_messages", {"conversationId": str(made.pk), "messages": messages}, users[name])
    for name, content, admin_only in ROOM:
        said = {"guildId": SNAIL_KEEPERS, "content": content, "adminOnly": admin_only}
        add_job("database", "save_guild_message", said, users[name])
    add_job("chat", "chat_bot_interaction", {"prompt": QUESTION, "guildId": SNAIL_KEEPERS}, users["charlie"])


def tour(tour: Tour) -> None:
    """The life of a conversation, with the bot in it; the change that comes too late is expected to fail."""
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
    answered = {"usedFallback": False}
    question = {"prompt": "Who kept the snails?", "conversationId": conversation}
    tour.job("POST", "/api/chat/bot", question, result=answered)
    tour.job("POST", "/api/chat/bot", {"prompt": QUESTION, "guildId": SNAIL_KEEPERS}, result=answered)
    tour.job("POST", f"/api/chat/{SNAIL_KEEPERS}/messages", {"content": "Who else saw that?", "adminOnly": True})
    tour.job("DELETE", f"/api/chat/conversations/{conversation}")
