"""What `make run` seeds and `make demo` shows of clubs."""

import io
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from PIL import Image, ImageDraw

from clubs.corrections import correct
from clubs.generator import NAMES, Club
from clubs.models import Member
from clubs.names import canonical, folded
from guilds.demo import SNAIL_KEEPERS
from slimy.accounts.models import User
from slimy.jobs.queue import add_job
from slimy.stack.tour import Tour
from slimy.wire import instant

SEED = 55
WEEK = timedelta(weeks=1)
CORRECTED = NAMES[2]


def seed(users: Mapping[str, User]) -> None:
    """Eight weekly scans of the demo guild's club, made by real jobs, and a correction by staff."""
    now = timezone.now()
    for moment, rows in _weekly(now):
        scan = {"guildId": SNAIL_KEEPERS, "observedAt": instant(moment), "complete": True, "ocrResult": {"rows": rows}}
        add_job("database", "ingest_club_metrics", scan, users["bob"])
    _correct(now, users["alice"])


def _weekly(now: datetime) -> list[tuple[datetime, list[dict[str, str]]]]:
    """The scans, oldest first; the newest is some hours old."""
    scans = list(Club(SEED).scans())
    newest = now.replace(minute=30, second=0, microsecond=0) - timedelta(hours=5)
    return [(newest - (len(scans) - 1 - week) * WEEK, rows) for week, rows in enumerate(scans)]


def _correct(now: datetime, author: User) -> None:
    """Of a member whom the scans, which wait in the ledger by now, will find by the key."""
    moment, rows = _weekly(now)[-3]
    key = canonical(CORRECTED)
    member = Member.objects.create(
        guild_id=SNAIL_KEEPERS,
        member_key=key,
        folded_key=folded(key),
        display_name=CORRECTED,
        first_seen_at=moment,
        last_seen_at=moment,
    )
    (read,) = (row["simPower"] for row in rows if row["name"] == CORRECTED)
    value = int(read.replace(",", "")) * 104 // 100
    correct(member, "sim", moment.date(), value, "The 8 was read as a 3; checked on the screenshot.", author)


def tour(tour: Tour) -> None:
    """A scan through its own door, the same again, which changes nothing, and standings made anew."""
    rows = [
        {"name": "Stone Wall", "simPower": "28.2M", "totalPower": 684_120_655},
        {"name": "lllidan", "simPower": "9 214 007"},
    ]
    scan = {"ocrResult": {"rows": rows}, "observedAt": instant(timezone.now())}
    for outcome in ("ingested", "unchanged"):
        tour.job("POST", f"/api/guilds/{SNAIL_KEEPERS}/club/ingest", scan, result={"status": outcome})
    tour.submit("recompute_club_latest", {"guildId": SNAIL_KEEPERS})
    if settings.OCR["INSTALLED"]:
        _read_a_picture(tour)


def _read_a_picture(tour: Tour) -> None:
    """A drawn picture of another page of the game: it is read, and touches nobody."""
    picture, file = Image.new("RGB", (1000, 400), "white"), io.BytesIO()
    ImageDraw.Draw(picture).text((300, 150), "Snail Shop", fill="black", font_size=80)
    picture.save(file, "PNG")
    path = f"/api/guilds/{SNAIL_KEEPERS}/club/screenshots"
    files = {"pictures": ("shop.png", file.getvalue(), "image/png")}
    tour.job("POST", path, files=files, result={"status": "read", "rows": 0})
