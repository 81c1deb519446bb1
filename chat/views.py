"""The chat API: reads answer at once, writes become jobs."""

from datetime import datetime
from functools import partial
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from chat import examples
from chat.exceptions import ConversationNotFound
from chat.models import Conversation, Message
from chat.serializers import (
    LAST_CHANGED_FIRST,
    OLDEST_FIRST,
    ConversationAccepted,
    ConversationAnswer,
    ConversationChange,
    ConversationData,
    ConversationsAnswer,
    ConversationsQuery,
    MessagesAnswer,
    MessagesQuery,
    SaveMessage,
    SaveMessages,
    conversation_document,
    message_document,
)
from slimy.accounts.models import User
from slimy.api import body_of
from slimy.cache import messages_page_key, read_through
from slimy.exceptions import PreconditionFailed
from slimy.ids import parse_id
from slimy.jobs.serializers import AcceptedDocument
from slimy.jobs.views import JobView
from slimy.openapi import accepts_job, reads
from slimy.preconditions import ETAG, IF_MATCH, IF_UNMODIFIED_SINCE, etag, unmodified_since, version_of
from slimy.wire import instant

MESSAGES_SHOWN = 200  # of a conversation read as a whole
CONVERSATION_ID = OpenApiParameter("conversation_id", OpenApiTypes.UUID, OpenApiParameter.PATH)


class ConversationsView(JobView):
    """The caller's conversations."""

    query = ConversationsQuery

    @reads(ConversationsAnswer)
    def get(self, request: Request) -> Response:
        """A page of conversations, last changed first."""
        mine = Conversation.objects.owned_by(self.user).newest_first()
        if "cursor" in self.params:
            mine = mine.before(**self.params["cursor"])
        rows, cursor = LAST_CHANGED_FIRST.page(mine, self.params["limit"])
        return Response(
            {"ok": True, "conversations": [conversation_document(row) for row in rows], "nextCursor": cursor}
        )

    @accepts_job(ConversationData, ConversationAccepted, examples=examples.NEW_CONVERSATION)
    def post(self, request: Request) -> Response:
        """Create a conversation; messages can be posted to its id at once."""
        response = self.accept(request, "create_conversation", body_of(request))
        if response.status_code == 202:
            response.data["conversationId"] = response.data["jobId"]
        return response


class ConversationView(JobView):
    """One conversation of the caller."""

    @reads(ConversationAnswer, 404, parameters=[CONVERSATION_ID, ETAG])
    def get(self, request: Request, conversation_id: str) -> Response:
        """The conversation with its messages, oldest first; `nextCursor` continues them."""
        conversation = conversation_of(self.user, conversation_id)
        messages, cursor = page_of_messages(conversation, MESSAGES_SHOWN)
        document = conversation_document(conversation) | {"messages": messages}
        answer = {"ok": True, "conversation": document, "nextCursor": cursor}
        return Response(answer, headers={"ETag": etag(conversation.version)})

    @accepts_job(
        ConversationChange,
        AcceptedDocument,
        404,
        412,
        parameters=[CONVERSATION_ID, IF_MATCH, IF_UNMODIFIED_SINCE],
        examples=examples.NEW_TITLE,
    )
    def patch(self, request: Request, conversation_id: str) -> Response:
        """Change the title."""
        body = body_of(request)
        ConversationChange(data=body).is_valid(raise_exception=True)
        data = {**body, "conversationId": _known(conversation_id)}
        version, since = version_of(request), unmodified_since(request)
        if version is not None:
            data["version"] = version
        if since is not None:
            data["ifUnmodifiedSince"] = instant(since)
        check = partial(refuse_if_newer, self.user, conversation_id, version, since)
        return self.accept(request, "update_conversation", data, check)

    @accepts_job(None, AcceptedDocument, 404, parameters=[CONVERSATION_ID])
    def delete(self, request: Request, conversation_id: str) -> Response:
        """Delete the conversation with its messages."""
        return self.accept(request, "delete_conversation", {"conversationId": _known(conversation_id)})


class ConversationMessagesView(JobView):
    """The messages of one conversation."""

    query = MessagesQuery

    @reads(MessagesAnswer, 404, parameters=[CONVERSATION_ID])
    def get(self, request: Request, conversation_id: str) -> Response:
        """A page of messages, oldest first."""
        conversation = conversation_of(self.user, conversation_id)
        messages, cursor = page_of_messages(conversation, **self.params)
        return Response({"ok": True, "messages": messages, "nextCursor": cursor})


class MessagesView(JobView):
    """Saving a message."""

    @accepts_job(SaveMessage, AcceptedDocument, 404, examples=examples.NEW_MESSAGE)
    def post(self, request: Request) -> Response:
        """Append a message to a conversation."""
        return self.accept(request, "save_message", body_of(request))


class BulkMessagesView(JobView):
    """Saving many messages."""

    @accepts_job(SaveMessages, AcceptedDocument, 404, examples=examples.NEW_MESSAGES)
    def post(self, request: Request) -> Response:
        """Append 1 to 100 messages to a conversation, all or none."""
        return self.accept(request, "save_messages", body_of(request))


def conversation_of(user: User, conversation_id: str) -> Conversation:
    """The user's conversation. Raises ConversationNotFound, also when it is somebody else's."""
    found = Conversation.objects.owned_by(user).filter(pk=_known(conversation_id)).first()
    if found is None:
        raise ConversationNotFound
    return found


def refuse_if_newer(user: User, conversation_id: str, version: int | None, since: datetime | None) -> None:
    """Raises PreconditionFailed when the conversation was already changed; the job will look again."""
    if version is None and since is None:
        return
    now = Conversation.objects.owned_by(user).filter(pk=conversation_id).first()
    if now and now.is_newer_than(version, since):
        raise PreconditionFailed


def page_of_messages(
    conversation: Conversation, limit: int, cursor: dict[str, int] | None = None
) -> tuple[list[dict[str, Any]], str | None]:
    """At most `limit` messages as documents, oldest first, and the cursor of the next page; kept in the cache."""
    after = cursor["position"] if cursor else None

    def load() -> list[Any]:
        messages = Message.objects.filter(conversation=conversation).order_by("position")
        rows, following = OLDEST_FIRST.page(messages.filter(position__gt=after) if cursor else messages, limit)
        return [[message_document(row) for row in rows], following]

    documents, following = read_through(messages_page_key(conversation.pk, limit, after), load)
    return documents, following


def _known(conversation_id: str) -> str:
    if parse_id(conversation_id) is None:
        raise ConversationNotFound
    return conversation_id
