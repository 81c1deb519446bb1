"""What tests of clubs have in common: moments, members, scans."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from clubs.models import Latest, Member, Metric, Scan
from clubs.names import canonical, folded
from guilds.models import Role
from slimy.ids import new_id
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from slimy.wire import instant
from tests.conftest import GUILD

START = datetime(2024, 1, 3, 12, tzinfo=UTC)  # a Wednesday


@pytest.fixture
def officer(alice, joined):
    return joined(alice, Role.CLUB)


@pytest.fixture
def scan(officer, work):
    """`scan(rows, at, …)` is its result."""
    return partial(ingested, officer, work)


def on_day(days, **more):
    """START and so many days."""
    return START + timedelta(days=days, **more)


def new_member(guild, name, at=START):
    key = canonical(name)
    return Member.objects.create(
        guild=guild, member_key=key, folded_key=folded(key), display_name=name, first_seen_at=at, last_seen_at=at
    )


def measure(member, at, sim=None, total=None):
    """One row of history, and the member seen then."""
    metric = Metric.objects.create(
        guild_id=member.guild_id,
        member=member,
        name=member.display_name,
        sim_power=sim,
        total_power=total,
        observed_at=at,
    )
    Member.objects.filter(pk=member.pk, last_seen_at__lt=at).update(last_seen_at=at)
    return metric


def whole_scan(guild, at):
    """A complete scan, so that who wasn't seen since has left."""
    return Scan.objects.create(
        guild=guild, status="ingested", page_type="manage_members", source="rows", observed_at=at, complete=True,
        raw={}, fingerprint=new_id().hex,
    )  # fmt: skip


def known(name):
    """A member by the name that is shown."""
    return Member.objects.get(display_name=name)


def standing(member):
    return Latest.objects.filter(member=member).first()


def row(name, sim=None, total=None, **more):
    """A row of an OCR result; powers that are None are left out."""
    powers = {"simPower": sim, "totalPower": total}
    return {"name": name} | {key: power for key, power in powers.items() if power is not None} | more


def payload(rows, at=START, **more):
    """The payload of a scan of rows, or of another OCR result when that isn't a list."""
    ocr = {"rows": rows} if isinstance(rows, list) else rows
    observed = {"observedAt": instant(at)} if at else {}
    return {"guildId": GUILD, "ocrResult": ocr} | observed | more


def accept(owner, rows, at=START, **more):
    """The job of a scan, in the ledger."""
    return add_job("database", "ingest_club_metrics", payload(rows, at, **more), owner)


def ingested(owner, work, rows, at=START, **more):
    """A scan through the ledger and the executor; its result."""
    job = accept(owner, rows, at, **more)
    work()
    return result_of(job)


def result_of(job):
    """What a job answered; it must have completed."""
    done = Job.objects.get(pk=job.pk)
    assert done.status == "completed", done.errors
    return done.result


CLUB = [
    row(name, sim=1_000_000 + number) for number, name in enumerate(("Stone", "Smitty", "Xyth", "Rukei", "Genesia"))
]
