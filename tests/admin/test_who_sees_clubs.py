"""Who sees which page of clubs, and who may do what there."""

import re

import pytest

from clubs.corrections import correct
from clubs.models import Correction, Member, MemberAlias
from tests.admin.clubs import *  # noqa: F403
from tests.admin.clubs import (
    CLUBS,
    CORRECTIONS,
    GUILD,
    MEMBERS,
    OTHER,
    PAGE,
    SCANS,
    ago,
    choose,
    correction_of,
    page_of,
)
from tests.admin.conftest import HOSTILE, JOBS, failed_job, signed_in, text
from tests.club import whole_scan

pytestmark = pytest.mark.django_db

BUTTONS = re.compile(r'name="_save"|name="action"|/delete/"|/remove/"|/aliases/|/import/"|/add/|class="addlink')


@pytest.fixture
def pages(stone, twin, doubtful, alice):
    correction = correct(stone, "sim", ago(days=7).date(), 5, "So.", alice)
    own = [page_of(stone), page_of(doubtful, SCANS), page_of(correction, CORRECTIONS), PAGE]
    files = [f"{CLUBS}{GUILD}/export/{what}.{kind}" for what in ("standings", "history") for kind in ("csv", "xlsx")]
    return [CLUBS, MEMBERS, SCANS, CORRECTIONS, *own, *files]


def test_staff_who_may_look_see_pages_without_buttons(victor, pages):
    for page in pages:
        response = victor.get(page)
        assert response.status_code == 200, page
        if not response.streaming and "export" not in page:
            assert not BUTTONS.search(text(response)), page
            assert HOSTILE not in text(response), page


def test_staff_who_may_look_can_do_nothing(victor, pages, stone, twin):
    correction = Correction.objects.get()
    for page in (
        f"{MEMBERS}{stone.pk}/aliases/add/",
        f"{MEMBERS}{twin.pk}/aliases/{twin.aliases.get().pk}/delete/",
        f"{CORRECTIONS}add/",
        f"{CORRECTIONS}{correction.pk}/remove/",
        f"{CLUBS}{GUILD}/import/",
        *(f"{kind}add/" for kind in (CLUBS, MEMBERS, SCANS)),
        *(f"{page_of(stone)[:-7]}{verb}/" for verb in ("delete", "change")),
    ):
        assert victor.post(page, correction_of(stone) | {"name": "Another", "post": "yes"}).status_code == 403, page
    choose(victor, stone, twin, post="yes", keep=stone.pk)
    assert Member.objects.filter(pk__in=(stone.pk, twin.pk)).count() == 2
    assert (Correction.objects.get().removed_at, MemberAlias.objects.count()) == (None, 1)


def test_strangers_among_staff_are_refused(sam, pages, stone):
    client = signed_in(sam)
    for page in [*pages, f"{MEMBERS}{stone.pk}/aliases/add/", f"{CLUBS}{GUILD}/import/"]:
        assert client.get(page).status_code == 403, page


def test_what_is_not_there_is_not_found(cara, guild):
    for page in (f"{MEMBERS}77/aliases/add/", f"{CORRECTIONS}77/remove/", f"{CLUBS}{OTHER}/import/"):
        assert cara.get(page).status_code == 404, page
    for file in ("standings.pdf", "secrets.csv"):
        assert cara.get(f"{CLUBS}{GUILD}/export/{file}").status_code == 404, file


def test_a_guild_leads_to_its_club_and_a_job_to_its_scan(cara, sam, guild, alice):
    assert PAGE in text(cara.get(f"/admin/guilds/guild/{GUILD}/change/"))
    scan = whole_scan(guild, ago(days=1))
    job = failed_job(alice, payload={"guildId": GUILD}, result=None, errors=[])
    job.payload["scanId"] = str(scan.pk)
    job.save()
    assert page_of(scan, SCANS) in text(cara.get(f"{JOBS}{job.pk}/change/"))
