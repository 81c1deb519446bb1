"""What the chat's jobs do. How any job runs is in slimy/jobs/."""

from typing import Any

from django.conf import settings
from django.utils import timezone

from chat import provider, rooms
from chat.bot import Reply, Talk, ask_model, read_talk, store
from chat.exceptions import Conflict, ConversationNotFound
from chat.invalidation import conversation_changed
from chat.models import Conversation, Message
from chat.results import (
    BotReplied,
    ConversationCreated,
    ConversationDeleted,
    ConversationsRead,
    ConversationUpdated,
    GuildMessageSaved,
    MessageSaved,
    MessagesRead,
    MessagesSaved,
)
from chat.room_documents import SaveGuildMessage
from chat.serializers import (
    AskBot,
    ConversationData,
    GetConversations,
    GetMessages,
    OfConversation,
    SaveMessage,
    SaveMessages,
    UpdateConversation,
    conversation_document,
    message_document,
)
from chat.together import create_conversations, messages_saved, save_all_messages, save_each_message
from guilds.models import Role
from guilds.permissions import require, role_in
from slimy.accounts.models import User
from slimy.exceptions import RetryLater
from slimy.jobs.models import Job
from slimy.jobs.registry import Data, job
from slimy.jobs.serializers import answers
from slimy.sql import one
from slimy.wire import instant

USABLE = """
EXISTS (SELECT FROM chat_conversation WHERE id = %(subject)s AND owner_id = %(owner)s)
    OR EXISTS (SELECT FROM slimy_job WHERE id = %(subject)s AND owner_id = %(owner)s AND type = 'create_conversation'
                  AND status IN ('queued', 'active'))"""


def owns_conversation(owner: User, data: Data) -> None:
    """Raise ConversationNotFound unless the owner has this conversation, or asked for it and it is being created."""
    row = one(f"SELECT {USABLE} AS usable", {"subject": data["conversation_id"], "owner": owner.pk})
    if not row or not row["usable"]:
        raise ConversationNotFound


def may_ask_bot(owner: User, data: Data) -> None:
    """The owner is in the guild and has the conversation that the payload names. Raises what says otherwise."""
    if "guild_id" in data:
        require(owner, data["guild_id"], Role.MEMBER, known=role_in)
    if "conversation_id" in data:
        owns_conversation(owner, data)


def not_yet() -> RetryLater:
    """A job overtook the creation of its conversation: it waits and doesn't fail."""
    return RetryLater("The conversation is still being created.", seconds=0.5)


@job("create_conversation", payload=ConversationData, many=create_conversations)
@answers(ConversationCreated)
def create_conversation(job: Job, data: Data) -> Data:
    """The conversation gets the job's id, so that clients know it before the job has run."""
    owner = job.require_owner()
    Conversation.objects.create(id=job.pk, owner=owner, created_at=job.created_at, **data)
    conversation_changed(job.pk, owner.pk)
    return {"conversationId": str(job.pk), "createdAt": instant(job.created_at)}


@job(
    "save_message",
    payload=SaveMessage,
    authorise=owns_conversation,
    may=USABLE,
    locks="conversationId",
    many=save_each_message,
    audited=False,
)
@answers(MessageSaved)
def save_message(job: Job, data: Data) -> Data:
    """Append one message; it gets the job's id."""
    (message,) = _append(job, data, [data["message"]])
    return {"messageId": str(message.pk), "savedAt": instant(timezone.now())}


@job(
    "save_messages",
    payload=SaveMessages,
    authorise=owns_conversation,
    may=USABLE,
    locks="conversationId",
    many=save_all_messages,
    audited=False,
)
@answers(MessagesSaved)
def save_messages(job: Job, data: Data) -> Data:
    """Append many messages, all or none."""
    added = _append(job, data, data["messages"])
    return messages_saved([message.pk for message in added], instant(timezone.now()))


@job("update_conversation", payload=UpdateConversation, authorise=owns_conversation, may=USABLE, locks="conversationId")
@answers(ConversationUpdated)
def update_conversation(job: Job, data: Data) -> Data:
    """Change the title, unless `version` is no longer current or there were changes since `ifUnmodifiedSince`."""
    conversation = _locked(job, data)
    if conversation.is_newer_than(data.get("version"), data.get("if_unmodified_since")):
        raise Conflict
    conversation.rename(data["title"])
    return {"conversationId": str(conversation.pk), "updatedAt": instant(conversation.updated_at)}


@job("delete_conversation", payload=OfConversation, authorise=owns_conversation, may=USABLE, locks="conversationId")
@answers(ConversationDeleted)
def delete_conversation(job: Job, data: Data) -> Data:
    """Delete the conversation with all its messages."""
    conversation = _locked(job, data)
    conversation_changed(conversation.pk, conversation.owner_id)
    conversation.delete()
    return {"conversationId": str(data["conversation_id"]), "deletedAt": instant(timezone.now())}


@job("get_conversations", payload=GetConversations, audited=False)
@answers(ConversationsRead)
def get_conversations(job: Job, data: Data) -> Data:
    """The owner's conversations, last changed first, with exact message counts."""
    mine = Conversation.objects.filter(owner=job.owner).order_by("-updated_at", "-id")[: data["limit"]]
    return {"conversations": [conversation_document(conversation) for conversation in mine]}


@job("get_messages", payload=GetMessages, authorise=owns_conversation, audited=False)
@answers(MessagesRead)
def get_messages(job: Job, data: Data) -> Data:
    """Messages of a conversation, oldest first."""
    messages = Message.objects.filter(conversation=data["conversation_id"], conversation__owner=job.owner)
    return {"messages": [message_document(message) for message in messages.order_by("position")[: data["limit"]]]}


def prepare_talk(job: Job, data: Data) -> Talk:
    """What the model will be asked. A conversation that is still being created is waited for."""
    if "conversation_id" not in data:
        return read_talk(job, data, None)
    found = Conversation.objects.filter(pk=data["conversation_id"], owner=job.owner).first()
    if found is None:
        raise not_yet()
    return read_talk(job, data, found)


@job(
    "chat_bot_interaction",
    queue="chat",
    payload=AskBot,
    authorise=may_ask_bot,
    seconds=settings.CHAT["TOTAL_SECONDS"] + 5,
    inputs=prepare_talk,
    outside=ask_model,
    warm=provider.warm_up,
)
@answers(BotReplied)
def chat_bot_interaction(job: Job, data: Data, reply: Reply) -> Data:
    """Keep what the bot replied, and what it was asked."""
    return store(job, data, reply)


@job("save_guild_message", payload=SaveGuildMessage, authorise=rooms.may_write, locks="guildId")
@answers(GuildMessageSaved)
def save_guild_message(job: Job, data: Data) -> Data:
    """Say something in the room of a guild; the message gets the job's id."""
    (message,) = rooms.say(job, data["guild_id"], [data["content"]], admin_only=data["admin_only"])
    return {"messageId": str(message.pk), "savedAt": instant(timezone.now())}


def _append(job: Job, data: Data, messages: list[dict[str, Any]]) -> list[Message]:
    added = Conversation.add_messages(data["conversation_id"], job, messages)
    if not added:
        raise not_yet()
    return added


def _locked(job: Job, data: Data) -> Conversation:
    mine = Conversation.objects.filter(pk=data["conversation_id"], owner=job.owner)
    conversation = mine.select_for_update(no_key=True).first()
    if conversation is None:
        raise not_yet()
    return conversation
