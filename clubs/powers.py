"""A power as text, as people and OCR engines write it, to an exact whole number."""

MAX_POWER = 10**15


class NotAPower(ValueError):
    """This is not a power; `reason` is a sentence for the public."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse_power(text: str | int, hint: int | None = None) -> int:
    """The power, 0 to 10¹⁵. Raises NotAPower; also when it is more than 10 times off `hint`, a median."""
    raise NotImplementedError
