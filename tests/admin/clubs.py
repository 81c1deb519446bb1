"""A club for the tests of the admin: who looks at it, who acts, what there is."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from clubs.models import Member, MemberAlias
from clubs.standings import recompute
from guilds.models import Guild, Role
from tests.admin.conftest import HOSTILE, signed_in, staff
from tests.club import accept, measure, new_member, row
from tests.conftest import GUILD

CLUBS, MEMBERS, SCANS, CORRECTIONS = (f"/admin/clubs/{kind}/" for kind in ("club", "member", "scan", "correction"))
PAGE = f"{CLUBS}{GUILD}/change/"
VIEW = ("view_club", "view_member", "view_memberalias", "view_scan", "view_correction", "view_job", "view_guild")
CARE = ("add_memberalias", "delete_memberalias", "merge_member", "add_correction", "delete_correction", "add_scan")
OTHER = "998877665544332211"


def page_of(row, kind=MEMBERS):
    return f"{kind}{row.pk}/change/"


def ago(**time):
    return timezone.now() - timedelta(**time)


def listed(client, path):
    """The rows of a list."""
    return list(client.get(path).context["cl"].result_list)


def said(response):
    """What the page tells of what was done."""
    return " ".join(str(message) for message in response.context["messages"])


def logged(row):
    """What the admin's log says of a row, oldest first."""
    kind = ContentType.objects.get_for_model(row)
    entries = LogEntry.objects.filter(content_type=kind, object_id=row.pk).order_by("pk")
    return [entry.get_change_message() for entry in entries]


def correction_of(member, **more):
    """What the form of a correction sends."""
    sent = {"member": member.pk, "metric": "sim", "week": "2026-01-07", "value": "1.5M", "reason": "Read wrongly."}
    return sent | more


def choose(client, *members, **more):
    chosen = {"action": "merge_selected", "_selected_action": [member.pk for member in members]}
    return client.post(MEMBERS, {**chosen, "index": 0, **more}, follow=True)


@pytest.fixture
def cara(db):
    """Cares for clubs."""
    return signed_in(staff("cara", *VIEW, *CARE))


@pytest.fixture
def victor(db):
    """May look at clubs."""
    return signed_in(staff("victor", *VIEW))


@pytest.fixture
def stone(guild):
    """A member with a history of three weeks."""
    member = new_member(guild, "Stone", ago(days=14))
    for days, sim, total in ((14, 1_000_000, 90_000_000), (7, 1_100_000, 95_000_000), (0, 1_234_567, None)):
        measure(member, ago(days=days, minutes=1), sim, total)
    recompute(GUILD)
    return Member.objects.get(pk=member.pk)


@pytest.fixture
def twin(guild, stone):
    """The same person, once read differently, with another spelling."""
    member = new_member(guild, "St0ne King", ago(days=21))
    measure(member, ago(days=21), total=80_000_000)
    MemberAlias.objects.create(guild=guild, member=member, alias_key="stoneking", name="Stone King", source="ocr")
    recompute(GUILD)
    return member


@pytest.fixture
def elsewhere(db):
    """Somebody in another guild's club."""
    return new_member(Guild.objects.create(id=OTHER, name="Slugs"), "Slug", ago(days=1))


@pytest.fixture
def scanned(joined, bob, rings, work):
    """`scanned(rows)` is the scan that a job made of them, in Bob's name."""
    joined(bob, Role.CLUB)

    def scan(rows, **more):
        job = accept(bob, rows, ago(hours=1), **more)
        work()
        return job

    return scan


@pytest.fixture
def doubtful(scanned, stone):
    """A scan with somebody known, somebody misread, somebody new and hostile, and what can't be used."""
    return scanned(
        [
            row("Stone", 1_300_000),
            row(HOSTILE, "2.5M", lastSeen="5h ago", confidence=0.91),
            row("Nobody", "not a number"),
        ]
    )
