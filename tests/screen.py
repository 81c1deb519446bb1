"""Synthetic "Manage Members" pages: as rows, and as the boxes that an OCR engine makes of a picture."""

from dataclasses import dataclass

UNIT = 392  # distance of two columns on a picture 1000 wide; all else is measured in it
ROW = 0.583
LABEL, NUMBER, NAME = 0.2, 0.305, 0.469  # middles, from the upper edge of a tile
LIST_TOP, LIST_BOTTOM = 770, 1570
LEGIBLE = {"label": 0.9, "number": 0.88, "name": 0.82, "seen": 0.8}  # the part of a line that is read right
SHOWN = 0.3  # the part of a line that is read at all

WORDS = (
    "Pebble Drizzle10482 Marrow TKLQUartz gigglygiggly Oxym Tulip Harmonia BrinyPlum0 DeJourZYX T3AP0T Cloudhopp "
    "FrE5hPea mosskin Buttonoo Squirrelot hem LeafLane ridgetheboar ninelives OakBarn UnknownGuest Borgel "
    "RushWiggle Foxcastle SugarRoot Netster OldName beniTheBee Nester Clawe Ollpoll RicoDato Wark DankOtter LuisB "
    "Drizzle13981 Boled Springpix146 Fernia IceBaker Wheezkid Peña TrailMail tiil Dusty ZedtheZebra Bitter onlySlug "
    "Dragon Muddyhorse Drizzle10591 TheeHeron HansHansen NurseNora"
)
NAMES = WORDS.split()


@dataclass(frozen=True)
class Shown:
    """One member as shown."""

    name: str
    power: int
    seen: str = "Online"


def club(size=55):
    """Members from the strongest to the weakest."""
    seen = ["Online", "1h ago", "12h ago", "2d ago", "55 sec ago", "43m ago", "3w ago"]
    names = [NAMES[i] if i < len(NAMES) else f"Member{i:05}" for i in range(size)]
    return [Shown(name, 21_279_758 - i * 345_678 // (1 + size // 55), seen[i % 7]) for i, name in enumerate(names)]


def row(member, metric="simPower"):
    """A member as a row on the wire."""
    return {"name": member.name, metric: member.power, "lastSeen": member.seen}


def overlapping(members, pages, overlap=2):
    """The members on so many screenshots, each beginning with the last ones of the one before."""
    step = -(-len(members) // pages)
    return [members[max(0, start - overlap) : start + step] for start in range(0, len(members), step)]


def picture(members, *, scroll=0.0, scale=1.0, columns=2, label="Sim Power", left=461, corners=False):
    """The boxes of a picture of the list, scrolled down by so many rows, and the members who are surely whole on it.

    Where no number has its label no number can be told from one that is cut.
    """
    boxes, whole, labelled = _frame(label), [], False
    for place, member in enumerate(members):
        edge = left + UNIT * (place % columns)
        top = LIST_TOP + 15 + UNIT * ROW * (place // columns - scroll)
        parts = _tile(member, label, edge, top)
        seen = {part: _visible(box) for part, box in parts.items()}
        boxes += [_cut(parts[part], share >= LEGIBLE[part]) for part, share in seen.items() if share > SHOWN]
        if all(seen[part] >= LEGIBLE[part] for part in ("number", "name")):
            whole.append(member)
        labelled |= seen["label"] > SHOWN and seen["number"] > SHOWN
    wire = [{"text": text, "box": [x * scale for x in box], "score": score} for text, box, score in boxes]
    for entry in wire if corners else []:
        x0, y0, x1, y1 = entry["box"]
        entry["box"] = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
    return {"boxes": wire, "width": round(1000 * scale), "height": round(2174 * scale)}, whole if labelled else []


def _frame(label):
    """What is around the list."""
    return [
        ("[SNL] SnailBar", (164, 151, 389, 198), 0.97),
        ("Lv.16", (432, 147, 565, 201), 0.99),
        ("Manage Members", (265, 405, 733, 478), 1.0),
        ("55/60", (430, 474, 558, 524), 1.0),
        ("Your Weekly Club Exp: 80 (Rank: 55)", (138, 699, 842, 755), 0.99),
        (label, (89, 1970, 305, 2038), 1.0),
        ("QR6FNG0G3C", (17, 2144, 179, 2173), 0.94),
    ]


def _tile(member, label, edge, top):
    digits = str(member.power)
    return {
        "label": (label, _line(edge + 2, top + LABEL * UNIT, -130, 40), 0.98),
        "number": (digits, _line(edge, top + NUMBER * UNIT, -18.5 * len(digits), 41), 1.0),
        "name": (member.name, _line(edge - 315, top + NAME * UNIT, 12 * len(member.name), 38), 0.99),
        "seen": (member.seen, _line(edge + 13, top + NAME * UNIT, -14 * len(member.seen), 44), 0.98),
    }


def _line(start, middle, width, height):
    """The rectangle of a line of text; a negative width goes to the left."""
    return (min(start, start + width), middle - height / 2, max(start, start + width), middle + height / 2)


def _visible(part):
    """How much of the height of a box is inside the list."""
    _, (_, top, _, bottom), _ = part
    return max(0, min(bottom, LIST_BOTTOM) - max(top, LIST_TOP)) / (bottom - top)


def _cut(part, legible):
    """A box as far as it is visible. What is left of a line is read with a good score, and wrong."""
    text, (left, top, right, bottom), score = part
    wrong = text if legible else text.replace("8", "6").replace("3", "2").replace("1", "7").replace("e", "c")
    return wrong, (left, max(top, LIST_TOP), right, min(bottom, LIST_BOTTOM)), score
