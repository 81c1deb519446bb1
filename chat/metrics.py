"""What Prometheus counts of the bot. The values of a label come from a small, closed set."""

from prometheus_client import Counter, Histogram

from slimy import metrics  # noqa: F401  first: it says where the metrics of all processes are kept

BOT_REPLIES = Counter("slimy_chat_replies", "Replies of the bot: answered by the model, or why not.", ["outcome"])
MODEL_SECONDS = Histogram(
    "slimy_chat_model_seconds",
    "How long calls of the language model took, however they ended.",
    buckets=(0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60),
)
MODEL_TOKENS = Counter("slimy_chat_model_tokens", "Tokens that the language model counted.", ["kind"])
MODEL_ERRORS = Counter("slimy_chat_model_errors", "Calls of the language model without an answer.", ["code"])
