"""Errors of the chat."""

from slimy.exceptions import PermanentError


class ConversationNotFound(PermanentError):
    """There is no such conversation."""

    status = 404
    code = "conversation_not_found"


class Conflict(PermanentError):
    """The conversation was changed since you read it."""

    status = 409
    code = "conflict"
