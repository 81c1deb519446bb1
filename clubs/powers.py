"""A power as text, as people and OCR engines write it, to an exact whole number."""

import re
import unicodedata

MAX_POWER = 10**15
TIMES_OFF = 10  # how far from the median a power may be
_MAX_TEXT = 64

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
_COMMAS = dict.fromkeys("٬،、‘’ʼ'´`", ",")
_DOTS = dict.fromkeys("٫·・。", ".")
_MINUS = frozenset("-−‐‑‒–—－﹣")
_SEPARATORS = str.maketrans(_COMMAS | _DOTS)
_LETTERS_FOR_DIGITS = str.maketrans("OolIi|!SsBZzG", "0011111558226")
_DIGITS_A_LETTER = 2  # as many digits must stand beside each letter that stands for one

_PLAIN = r"\d+"
_GROUPED = r"[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,2}(?: \d{3})+|[1-9]\d{0,2}(?:_\d{3})+"
_DOTTED = r"[1-9]\d{0,2}(?:\.\d{3}){2,}"
_NUMBER = re.compile(
    rf"(?:(?P<whole>{_PLAIN}|{_GROUPED})(?P<fraction>\.\d+)?|(?P<dotted>{_DOTTED})) ?(?P<unit>[KMBT]?)"
)


class NotAPower(ValueError):
    """This is not a power; `reason` is a sentence for the public."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse_power(text: str | int, hint: int | None = None) -> int:
    """The power, 0 to 10¹⁵. Raises NotAPower; also when it is more than 10 times off `hint`, a median.

    Commas, spaces and underscores group thousands: `14,321,191`, `10 000`. A dot starts a fraction and needs a unit
    (`2.75M`), unless dots group by three more than once (`14.321.191`); `1.234` could be either and is refused.
    """
    power = text if isinstance(text, int) and not isinstance(text, bool) else _parse(text)
    if power < 0:
        raise NotAPower("A power is not negative.")
    if power > MAX_POWER:
        raise NotAPower("This power is too large.")
    if hint and is_outlier(power, hint):
        raise NotAPower(f"This power is more than {TIMES_OFF} times off what is usual here.")
    return power


def is_outlier(power: int, median: int) -> bool:
    """Whether a power is more than 10 times above or below a median."""
    return power * TIMES_OFF < median or power > median * TIMES_OFF


def _parse(text: object) -> int:
    if not isinstance(text, str):
        raise NotAPower("A power is a whole number.")
    found = _NUMBER.fullmatch(_with_digits(_plain(text)))
    if not found:
        raise NotAPower("This is not a number.")
    if found["fraction"] and not found["unit"]:
        raise NotAPower("A power is a whole number; with a dot it is not clear which.")
    whole = re.sub(r"[ ,_.]", "", found["whole"] or found["dotted"])
    fraction = (found["fraction"] or "").lstrip(".")
    parts: int = 10 ** len(fraction)
    power, rest = divmod(int(whole + fraction) * _UNITS[found["unit"]], parts)
    if rest:
        raise NotAPower("A power is a whole number.")
    return power


def _plain(text: str) -> str:
    """The text with ASCII digits and separators. Raises NotAPower for what can't be a number of any kind."""
    if len(text) > _MAX_TEXT:
        raise NotAPower("This is too long for a power.")
    if any(unicodedata.category(char) == "No" for char in text):
        raise NotAPower("This is not a number.")
    plain = unicodedata.normalize("NFKC", text.translate(_SEPARATORS)).translate(_SEPARATORS)
    plain = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in plain)
    plain = " ".join("".join(char for char in plain if unicodedata.category(char) not in {"Cf", "Mn"}).split())
    if not plain:
        raise NotAPower("There is no power.")
    if plain[0] in _MINUS:
        raise NotAPower("A power is not negative.")
    return plain


def _with_digits(plain: str) -> str:
    """Letters that an engine read for digits made digits, when digits dominate. The last letter may be a unit."""
    unit = plain[-1].upper() if plain[-1].upper() in _UNITS else ""
    body = plain[:-1] if unit else plain
    digits = sum(char.isdigit() for char in body)
    letters = sum(char.isalpha() or char in "|!" for char in body)
    if letters * _DIGITS_A_LETTER <= digits:
        body = body.translate(_LETTERS_FOR_DIGITS)
    return body + unit
