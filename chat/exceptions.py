"""Errors of the chat."""

from slimy.exceptions import PermanentError, RetryLater, SlimyError


class ConversationNotFound(PermanentError):
    """There is no such conversation."""

    status = 404
    code = "conversation_not_found"


class Conflict(PermanentError):
    """The conversation was changed since you read it."""

    status = 409
    code = "conflict"


class ModelBusy(RetryLater):
    """The language model asks to wait; the question will be asked again."""

    code = "model_busy"


class ModelUnavailable(SlimyError):
    """The language model gave no usable answer; the question will be asked again."""

    status = 503
    code = "model_unavailable"
