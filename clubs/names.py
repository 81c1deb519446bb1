"""Names of members: how they are shown, and the key that finds a member again however the name is written."""

import hashlib
import re
import unicodedata

MAX_KEY = 100
_DIGEST = 16

_CUSTOM_EMOJI = re.compile(r"<a?:\w{1,40}:\d{1,25}>")
_SHORTCODE = re.compile(r":(?=[\w+-]*[^\W\d_]|\+1:|-1:|100:)[\w+-]{1,40}:")
_TAG = re.compile(r"\[[^\[\]]{0,20}\]|【[^【】]{0,20}】")
_DECORATIONS = (_CUSTOM_EMOJI, _SHORTCODE, _TAG)

_BLANK = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
_NO_INK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # letters, marks and a symbol without ink
_SELECTORS = ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))  # choose between pictures of one character
_ACCENTS = ((0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F))
_ACCENTED_SCRIPTS = ("LATIN", "GREEK")  # elsewhere a mark makes another letter: й, が, กิ, कि

_ASCII_SYMBOLS = str.maketrans({c: chr(c + 0xFEE0) for c in range(0x21, 0x7F) if not chr(c).isalnum()})

# What one font shows like another: i l 1 |, o 0, struck letters, and the Cyrillic and Greek letters that an engine for
# Latin text reads as Latin. Groups of letters (rn and m) stay apart: no engine that was tried mixed them up.
_LOOKALIKES = str.maketrans(
    {
        char: letter
        for letter, chars in {
            "l": "i1ıłιії！｜ӏ",
            "o": "0øоο",
            "a": "аα",
            "b": "в",
            "c": "с",
            "d": "đԁ",
            "e": "е",
            "h": "нһ",
            "j": "ј",
            "k": "кκ",
            "m": "м",
            "p": "рρ",
            "q": "ԛ",
            "s": "ѕ",
            "t": "тτ",
            "v": "ν",
            "w": "ԝ",
            "x": "хχ",
            "y": "у",
        }.items()
        for char in chars
    }
)


class NoName(ValueError):
    """There is no visible character in this name."""


def tidy(name: str) -> str:
    """The name as shown: composed, without control characters and, unless it is nothing else, custom emoji.

    Empty when nothing visible is in it.
    """
    text = _inked(unicodedata.normalize("NFC", name))
    shown = _CUSTOM_EMOJI.sub(" ", text).split() or text.split()
    return unicodedata.normalize("NFC", " ".join(shown))


def canonical(name: str) -> str:
    """The member's key, 1 to 100 characters: letters, digits and the marks that belong to them. Raises NoName.

    A name without letters is keyed by its symbols; one that is nothing but tags and emoji codes by what these say.
    Symbols of ASCII become full-width ones, so that a key is always safe as a part of a path.
    """
    text = _comparable(name)
    bare = text
    for decoration in _DECORATIONS:
        bare = decoration.sub(" ", bare)
    letters = _letters(bare)
    if key := letters or _symbols(bare) or (letters := _letters(text)) or _symbols(text):
        return _bounded(key, is_letters=bool(letters))
    raise NoName("A name needs at least one visible character.")


def folded(key: str) -> str:
    """The key with characters that fonts confuse made one: for finding the same member read differently."""
    return key.translate(_LOOKALIKES)


def digits_of(key: str) -> str:
    """The digits of a key, in order: `traveler12521` → `12521`."""
    return "".join(char for char in key if char.isdigit())


def _inked(text: str) -> str:
    """Blanks of any kind as spaces, and no control, format or invisible characters."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        " " if char.isspace() or char in _NO_INK else char
        for char in text
        if char.isspace() or unicodedata.category(char) not in _BLANK
    )


def _comparable(name: str) -> str:
    """One spelling for all widths, compositions and cases of the same characters."""
    text = unicodedata.normalize("NFKC", _inked(name))
    text = unicodedata.normalize("NFKC", text.casefold()).casefold()
    return _inked(unicodedata.normalize("NFKC", text))


def _letters(text: str) -> str:
    """The letters and digits of a text, with the marks that make them other letters."""
    if text.isascii():
        return "".join(char for char in text if char.isalnum())
    kept, base = [], ""
    for char in unicodedata.normalize("NFD", text):
        kind = unicodedata.category(char)[0]
        if kind in "LN":
            base = char
        elif kind != "M" or not _belongs(char, base):
            base = base if kind == "M" else ""
            continue
        kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept))


def _belongs(mark: str, base: str) -> bool:
    """Whether a mark makes its letter another one. An accent does where a composed letter exists: й, not и with ◌̂."""
    if not base.isalpha() or _within(mark, _SELECTORS) or unicodedata.name(base, "").startswith(_ACCENTED_SCRIPTS):
        return False
    return not _within(mark, _ACCENTS) or len(unicodedata.normalize("NFC", base + mark)) == 1


def _symbols(text: str) -> str:
    visible = "".join(char for char in text if not char.isspace() and not _within(char, _SELECTORS))
    return unicodedata.normalize("NFC", visible.translate(_ASCII_SYMBOLS))


def _within(char: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= ord(char) <= last for first, last in ranges)


def _bounded(key: str, *, is_letters: bool) -> str:
    """A long key keeps its beginning and ends in a digest, itself made of letters or of symbols as the key is."""
    if len(key) <= MAX_KEY:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()[:_DIGEST]
    if not is_letters:
        digest = "".join(chr(0x2810 + int(digit, 16)) for digit in digest)
    return key[: MAX_KEY - _DIGEST] + digest
