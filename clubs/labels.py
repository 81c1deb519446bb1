"""The words of the "Manage Members" screen, however an OCR engine spelt them."""

import re
from itertools import pairwise

from rapidfuzz import fuzz

from clubs.names import folded
from clubs.readings import Metric

_MAX_TEXT = 200
_TITLE_SCORE = 85
_LABEL_SCORE = 80
_LABEL_LEAD = 8

_SHOWN = re.compile(r"\D{0,3}(\d{1,4}) ?/ ?(\d{1,4})\D{0,3}")
_ONLINE = re.compile(r"(?P<name>.*?)\s*[O0Q]n[l1I|i][i1lI|]ne\W{0,2}", re.I | re.S)
_UNIT = r"(?P<unit>s|secs?|m|mins?|h|hrs?|hours?|d|days?|w|wks?|weeks?|mo|months?|y|yrs?|years?) ?ag[o0]\W{0,2}"
_AGO = re.compile(rf"(?:(?P<name>.*\S)\s+)?(?P<count>[\dOolI|]{{1,3}}|[tGSB]) ?{_UNIT}", re.I | re.S)
_GLUED_AGO = re.compile(rf"(?P<name>.*?)(?P<count>\d+) ?{_UNIT}", re.I | re.S)
_SEEN_BETWEEN = re.compile(rf"(?<=\s)(?:Online|\d{{1,3}} ?{_UNIT})\s+(?=\S)", re.I)
_COUNT = str.maketrans("OoIl|tTGgSsBb", "0011111665588")  # of small pictures "1h ago" is read as "th ago"


def _squashed(text: str) -> str:
    """Letters and digits only, with those made one that engines confuse."""
    return folded("".join(char for char in text[:_MAX_TEXT].casefold() if char.isalnum()))


_TITLE = _squashed("Manage Members")
_LABELS = {Metric.SIM: _squashed("Sim Power"), Metric.TOTAL: _squashed("Total Power")}


def is_title(text: str) -> bool:
    """Whether a text is or contains the title of the page."""
    squashed = _squashed(text)
    return len(squashed) >= len(_TITLE) - 3 and fuzz.partial_ratio(_TITLE, squashed) >= _TITLE_SCORE


def metric_of(label: str) -> Metric | None:
    """The metric that a label names, be it several times in a row; None when it names none, or none for sure."""
    squashed = _squashed(label)
    scores = {
        metric: fuzz.ratio(squashed, known * max(1, len(squashed) // len(known))) for metric, known in _LABELS.items()
    }
    best, other = sorted(scores, key=lambda metric: -scores[metric])
    return best if scores[best] >= _LABEL_SCORE and scores[best] - scores[other] >= _LABEL_LEAD else None


def members_shown(text: str) -> int | None:
    """N of a text like `N/50`."""
    found = _SHOWN.fullmatch(text.strip()[:20])
    return int(found[1]) if found and int(found[1]) <= int(found[2]) else None


def split_last_seen(text: str) -> tuple[str, str | None]:
    """The text before the words that say when somebody was last seen, and these words in the game's spelling.

    Without such words at its end the whole text and None. Where several digits touch the name (`Bob21h ago`) nobody
    can tell where it ends: the text before is empty.
    """
    text = text.strip()
    if len(text) > _MAX_TEXT:
        return text, None
    if found := _ONLINE.fullmatch(text):
        return found["name"], "Online"
    if found := _AGO.fullmatch(text):
        return found["name"] or "", _ago(found)
    if found := _GLUED_AGO.fullmatch(text):
        return (found["name"], _ago(found)) if len(found["count"]) == 1 else ("", None)
    return text, None


def _ago(found: re.Match[str]) -> str:
    """`7h ago`, `55 sec ago`: the game sets one letter close to the number."""
    count, unit = int(found["count"].translate(_COUNT)), found["unit"].lower()
    return f"{count}{unit} ago" if len(unit) == 1 else f"{count} {unit} ago"


def names_on(line: str) -> list[str]:
    """A line of several names, each with its last seen, cut after each; the line itself when it is no such line."""
    if len(line) > _MAX_TEXT or not split_last_seen(line)[1]:
        return [line]
    cuts = [0, *(found.end() for found in _SEEN_BETWEEN.finditer(line)), len(line)]
    return [line[start:end].strip() for start, end in pairwise(cuts)]
