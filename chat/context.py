"""What a prompt holds: the system part, the last messages of the conversation within a budget, the question."""

from collections.abc import Iterable

from chat.provider import Turn

BYTES_A_TOKEN = 3  # of UTF-8; English has four or more, Chinese about three: rather too many tokens than too few
OVERHEAD = 4  # tokens around each message


def tokens(text: str) -> int:
    """How many tokens a message takes, roughly and rather too many; a tokenizer would weigh more than it is worth."""
    return len(text.encode("utf-8", "replace")) // BYTES_A_TOKEN + 1 + OVERHEAD


def turns(system: str, newest_first: Iterable[tuple[str, str]], prompt: str, budget: int) -> list[Turn]:
    """The prompt: of the messages (role, text) the latest that fit into `budget` tokens, oldest first, without a gap.

    Only `system` gets the role system: whatever another message claims to be, it is the user's or the assistant's.
    """
    history: list[Turn] = []
    left = budget
    for role, text in newest_first:
        left -= tokens(text)
        if left < 0:
            break
        history.append(Turn("assistant" if role == "assistant" else "user", text))
    return [Turn("system", system), *reversed(history), Turn("user", prompt)]
