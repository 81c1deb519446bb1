"""Names of members: how they are shown, and the key that finds a member again however the name is written."""

import hashlib
import re
import unicodedata
from itertools import groupby

MAX_KEY = 100
_DIGEST = 16
_PASSES = 4  # some characters need a second normalisation after case folding; none known needs a third

_CUSTOM_EMOJI = re.compile(r"<a?:\w{1,40}:\d{1,25}>")
_SHORTCODE = re.compile(r":(?=[\w+-]*[^\W\d_]|\+1:|-1:|100:)[\w+-]{1,40}:")
_TAG = re.compile(r"\[[^\[\]]{0,20}\]|【[^【】]{0,20}】")
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # letters, marks and a symbol without ink
_BLANK = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
_STRIPPED = ("LATIN", "GREEK")  # scripts whose marks are accents; in others they are part of the letter
_ACCENTS = ((0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F))

# What one rendering of a name shows like another: i l 1 |, o 0, struck letters, and Cyrillic and Greek letters that an
# engine for Latin text reads as the Latin one. Pairs of letters (rn and m) stay apart: engines keep those apart.
_LOOKALIKES = str.maketrans(
    "i1|｜ıіιӏ!！" + "0оοøөσ" + "аαåсеіѕрρсхχукκмтτнвһԁԛԝјłđ",
    "llllllllll" + "oooooo" + "aaaceісppcxxykkmttnbhdqwjld".replace("і", "l").replace("с", "s"),
)
