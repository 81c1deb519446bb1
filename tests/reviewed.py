"""Uploads whose pictures were read, without an engine: their boxes are those of tests/screen.py."""

from django.core.files.uploadedfile import SimpleUploadedFile

from clubs.models import Screenshot
from clubs.screenshots.intake import Wish, arrival_of, keep
from slimy.jobs.queue import add_job
from tests.club import on_day
from tests.conftest import GUILD
from tests.screen import picture
from tests.screenshots.drawn import as_file, screenshot

NOW = on_day(0)


def files(pictures):
    return [SimpleUploadedFile("IMG.png", as_file(one), "image/png") for one in pictures]


def page(members, **more):
    return picture(members, **more)[0]


def counted(boxes, size):
    """The page, whose screen says that there are so many members."""
    return {"boxes": [{**box, "text": f"{size}/{size}"} if box["text"] == "55/60" else box for box in boxes["boxes"]]}


def boxed(owner, pages, **wish):
    """The job of an upload whose pictures were read before: `pages` are their boxes."""
    pictures = [screenshot([], mark=number) for number in range(len(pages))]
    arrival = arrival_of(GUILD, files(pictures), Wish(**{"observed_at": NOW, **wish}))
    keep(arrival, owner)
    for number, boxes in enumerate(pages, 1):
        Screenshot.objects.filter(upload=arrival.upload_id, number=number).update(boxes=boxes["boxes"])
    return add_job("ocr", "read_club_screenshots", arrival.payload, owner)
