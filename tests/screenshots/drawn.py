"""Synthetic "Manage Members" screenshots, drawn with the layout of tests/screen.py."""

import io
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from tests.screen import LABEL, LIST_BOTTOM, LIST_TOP, NAME, NUMBER, ROW, UNIT, club

WIDTH, HEIGHT = 1000, 2174
PAPER, TILE, FOOT, INK, PALE = "#efe2c4", "#e9d9c9", "#e2cfbf", "#3d3a44", "#8a7f78"
SIZES = {"label": 30, "number": 38, "name": 28, "seen": 26}


@cache
def _font(size):
    return ImageFont.load_default(size)


def screenshot(members, *, shown="55/55", label="Sim Power", scroll=0.0, scale=1.0, mark=0):
    """A picture of the list; `mark` is written into its lowest edge, for RecordedEngine."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), "#3f4a55")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((70, 380, 930, LIST_BOTTOM), fill=PAPER)
    _frame(draw, shown, label)
    tiles = Image.new("RGB", (WIDTH, LIST_BOTTOM - LIST_TOP), PAPER)
    for place, member in enumerate(members):
        top = 15 + UNIT * ROW * (place // 2 - scroll)
        _tile(ImageDraw.Draw(tiles), member, label, 461 + UNIT * (place % 2), top)
    picture.paste(tiles.crop((70, 0, 930, tiles.height)), (70, LIST_TOP))
    if scale != 1:
        picture = picture.resize((round(WIDTH * scale), round(HEIGHT * scale)), Image.Resampling.LANCZOS)
    _mark(picture, mark)
    return picture


def _frame(draw, shown, label):
    draw.text((499, 440), "Manage Members", font=_font(60), fill="white", anchor="mm", stroke_width=2, stroke_fill=INK)
    draw.text((494, 499), shown, font=_font(40), fill=INK, anchor="mm")
    draw.text((490, 727), "Your Weekly Club Exp: 80 (Rank: 55)", font=_font(40), fill=INK, anchor="mm")
    draw.rectangle((60, 1950, 340, 2060), fill="#9ec27a")
    draw.text((196, 2004), label, font=_font(48), fill="white", anchor="mm", stroke_width=2, stroke_fill=INK)


def _tile(draw, member, label, edge, top):
    draw.rounded_rectangle((edge - 340, top, edge + 15, top + 0.545 * UNIT), 14, fill=TILE, outline=PALE, width=3)
    draw.rectangle((edge - 336, top + 0.405 * UNIT, edge + 11, top + 0.53 * UNIT), fill=FOOT)
    draw.rounded_rectangle((edge - 300, top + 25, edge - 205, top + 120), 14, fill="#7aa6a1")
    parts = [
        ("label", edge, LABEL, label, PALE, "rm"),
        ("number", edge, NUMBER, str(member.power), "#6d6259", "rm"),
        ("name", edge - 315, NAME, member.name, INK, "lm"),
        ("seen", edge + 5, NAME, member.seen, "#75695f", "rm"),
    ]
    for kind, x, middle, text, fill, anchor in parts:
        draw.text((x, top + middle * UNIT), text, font=_font(SIZES[kind]), fill=fill, anchor=anchor, stroke_width=0)


def _mark(picture, mark):
    """Ten squares, black or white."""
    draw = ImageDraw.Draw(picture)
    for bit in range(10):
        colour = "white" if mark >> bit & 1 else "black"
        draw.rectangle((bit * 16, picture.height - 16, bit * 16 + 15, picture.height), fill=colour)


def mark_of(picture, height=16):
    """What `_mark` wrote, on a picture of any size that was made of it."""
    scale = picture.width / WIDTH
    middle = picture.height - round(height / 2 * scale)
    return sum((picture.getpixel((round((bit * 16 + 8) * scale), middle))[0] > 128) << bit for bit in range(10))


def as_file(picture, kind="PNG", **options):
    """The bytes of a picture."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def scan(size=10):
    """A club, and the screenshots of it, six members on each, two of them again: the marks are 1, 2, …"""
    members = club(size)
    some = [members[start : start + 6] for start in range(0, size - 2, 4)]
    return members, [screenshot(page, shown=f"{size}/{size}", mark=number) for number, page in enumerate(some, 1)]
