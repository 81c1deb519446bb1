"""`python -m tests.benchmarks.ocr_beside [folder]`: `save_message` on an idle machine and while pictures are read.

Needs DATABASE_URL and REDIS_URL of servers that nobody else uses: `python -m slimy.stack exec -- python -m …` brings
them. Phases take turns, so that what else the machine does falls on both. Without a folder of screenshots it draws
some.
"""

import io
import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import django

ROUNDS, MESSAGES, PAUSE = 3, 120, 0.02


def main(folder: str | None) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "slimy.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    owner, conversation = _world()
    idle, busy, read = [], [], 0
    with _worker("database"):
        _latencies(owner, conversation, 30)  # warm
        for number in range(ROUNDS):
            idle += _latencies(owner, conversation, MESSAGES)
            job = _upload(owner, folder, number)
            with _worker("ocr"):
                _wait_until_reading(job)
                busy += _latencies(owner, conversation, MESSAGES)
                read += _still_reading(job)
            type(job).objects.filter(pk=job.pk).delete()  # or the next worker would go on with it
    print(_said("idle", idle))
    print(_said("with OCR", busy), f"ratio of p95 {_p(busy, 95) / _p(idle, 95):.2f}")
    print(f"{read} of {ROUNDS} rounds ended while pictures were still being read")


def _world():
    from chat.models import Conversation
    from guilds.models import Guild, Membership, Role
    from slimy.accounts.models import User

    owner = User.objects.create_user("bench")
    guild = Guild.objects.create(id="112233445566778899", name="Bench")
    Membership.objects.create(guild=guild, user=owner, role=Role.ADMIN)
    return owner, Conversation.objects.create(owner=owner, title="x")


@contextmanager
def _worker(queue):
    process = subprocess.Popen(
        [sys.executable, "manage.py", "rqworker", queue], env=os.environ | {"LOG_LEVEL": "ERROR"}
    )
    try:
        time.sleep(3)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _latencies(owner, conversation, count):
    """Milliseconds from acceptance to the finished job, one message after the other."""
    from slimy.jobs.models import Job
    from slimy.jobs.queue import add_job

    taken = []
    for number in range(count):
        time.sleep(PAUSE)
        message = {"role": "user", "content": f"number {number}"}
        began = time.perf_counter()
        job = add_job("database", "save_message", {"conversationId": str(conversation.pk), "message": message}, owner)
        while not Job.objects.filter(pk=job.pk, status="completed").exists():
            time.sleep(0.002)
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def _upload(owner, folder, number):
    """A job that has enough pictures to outlast the phase: every one is new."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from PIL import Image

    from clubs.screenshots.intake import Wish, arrival_of, keep
    from slimy.jobs.queue import add_job
    from tests.screenshots.drawn import scan

    found = [Image.open(path).convert("RGB") for path in sorted(Path(folder).glob("*.png"))] if folder else scan()[1]
    files = []
    for copy in range(20):
        picture = found[copy % len(found)].copy()
        picture.putpixel((number, copy), (255, 0, 255))
        content = io.BytesIO()
        picture.save(content, "JPEG", quality=95)
        files.append(SimpleUploadedFile("a.jpg", content.getvalue()))
    arrival = arrival_of("112233445566778899", files, Wish())
    keep(arrival, owner)
    return add_job("ocr", "read_club_screenshots", arrival.payload, owner)


def _wait_until_reading(job):
    while not (job.progress or {}).get("done"):
        time.sleep(0.2)
        job.refresh_from_db()


def _still_reading(job):
    job.refresh_from_db()
    return job.status == "active"


def _p(values, percent):
    return statistics.quantiles(values, n=100)[percent - 1]


def _said(what, values):
    return f"{what:9} p50 {_p(values, 50):7.1f} ms  p95 {_p(values, 95):7.1f} ms  ({len(values)} messages)"


if __name__ == "__main__":
    main(*sys.argv[1:2] or [None])
