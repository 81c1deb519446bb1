"""The jobs that all contenders get: job n says its number in conversation n % 100, which is user n % 100's."""

PEOPLE = 100


def text(n: int) -> str:
    """About 120 characters, and the number that tells the order."""
    return f"{'hello world ' * 10}#{n}"


def message(n: int) -> dict[str, str]:
    """Job n's message, as our API takes it."""
    return {"role": "user", "content": text(n), "personalityMode": "helpful"}


def for_peer(n: int) -> dict[str, object]:
    """Job n as peers take it; peers/bullmq/common.js makes the same."""
    owner = n % PEOPLE + 1
    return {"conversationId": owner, "userId": owner, **message(n)}
