"""The page to drop screenshots on, the list of uploads, the review desk; who may what there."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from clubs.models import Finding, Member, Screenshot, Upload
from guilds.models import Guild, GuildSettings, Membership, Role
from slimy.accounts.models import User
from slimy.jobs.models import Job
from tests.admin.conftest import HOSTILE, signed_in, staff, text
from tests.club import measure, new_member, on_day, standing
from tests.conftest import GUILD
from tests.reviewed import boxed, counted, files, page
from tests.screen import Shown, club
from tests.screenshots.drawn import scan

MEMBERS = club(6)
NEW = MEMBERS[5]
DROP = f"/admin/clubs/club/{GUILD}/screenshots/"
LOOK = ("view_club", "view_member", "view_upload")

pytestmark = pytest.mark.usefixtures("recorded_engine", "rings")


@pytest.fixture
def reviewer(db):
    return signed_in(staff("rita", *LOOK, "review_upload"))


@pytest.fixture
def onlooker(db):
    return signed_in(staff("vic", *LOOK))


@pytest.fixture
def upload(guild, bob, joined, work):
    """Five known members, and one who isn't: that row waits."""
    for member in MEMBERS[:5]:
        measure(new_member(guild, member.name, on_day(-7)), on_day(-7), sim=member.power)
    boxed(joined(bob, Role.CLUB), [counted(page(MEMBERS), 6)])
    work()
    return Upload.objects.get()


@pytest.fixture
def waiting(upload):
    return upload.findings.get(state="open")


def desk(upload):
    return f"/admin/clubs/upload/{upload.pk}/change/"


def decide(client, finding, action, **fields):
    form = {"finding": finding.pk, "version": finding.version, "action": action, **fields}
    return client.post(f"/admin/clubs/upload/{finding.upload_id}/decide", form, follow=True)


def typed(finding, **more):
    return {"name": finding.name, "sim": finding.sim_power or "", "total": finding.total_power or "", **more}


def test_the_desk_shows_pictures_boxes_and_the_doubtful_row_with_its_reason(reviewer, upload, waiting):
    shown = text(reviewer.get(desk(upload)))
    assert "A new member? Nobody is known by this name." in shown
    assert shown.count("<rect") == 6
    assert f"/admin/clubs/upload/{upload.pk}/picture/1" in shown
    assert shown.count("data-open") == 1
    assert "19,551,368" in shown


def test_a_row_is_accepted_from_the_desk(reviewer, waiting):
    assert f"Accepted {NEW.name}." in text(decide(reviewer, waiting, "accept", **typed(waiting)))
    assert standing(Member.objects.get(display_name=NEW.name)).sim_power == NEW.power


def test_a_row_is_corrected_and_assigned_from_the_desk(reviewer, waiting):
    decide(reviewer, waiting, "accept", **typed(waiting, sim="20,000,000", member=MEMBERS[0].name))
    assert standing(Member.objects.get(display_name=MEMBERS[0].name)).sim_power == 21_279_758
    waiting.refresh_from_db()
    assert (waiting.member.display_name, waiting.sim_power) == (MEMBERS[0].name, 20_000_000)


def test_a_row_is_skipped_and_taken_up_again(reviewer, waiting):
    assert "Skipped" in text(decide(reviewer, waiting, "skip"))
    waiting.refresh_from_db()
    assert "is open again" in text(decide(reviewer, waiting, "reopen"))


def test_all_safe_rows_are_accepted_with_one_click(reviewer, guild, bob, joined, work):
    boxed(joined(bob, Role.CLUB), [page(MEMBERS)], hold=True)
    work()
    upload = Upload.objects.get()
    assert "Accept all 6 safe" in text(reviewer.get(desk(upload)))
    told = text(reviewer.post(f"/admin/clubs/upload/{upload.pk}/accept-safe", follow=True))
    assert "Accepted 6 safe rows." in told
    assert "Everything is decided." in told


def test_who_comes_second_is_told_and_the_first_decision_stays(reviewer, waiting):
    decide(reviewer, waiting, "accept", **typed(waiting))
    told = text(decide(signed_in(staff("rex", *LOOK, "review_upload")), waiting, "skip"))
    assert "rita has decided this row meanwhile: accepted." in told
    waiting.refresh_from_db()
    assert waiting.state == "accepted"


@pytest.mark.parametrize(
    "form",
    [
        {"finding": "x"},
        {"version": "9" * 30},
        {"finding": "0"},
        {"action": "destroy"},
        {"action": "accept", "sim": "a lot"},
        {"action": "accept", "sim": "1", "member": "Nobody"},
        {"action": "accept"},
    ],
)
def test_what_makes_no_sense_is_told_and_nothing_is_decided(reviewer, waiting, form):
    sent = {"finding": waiting.pk, "version": waiting.version, "name": NEW.name, **form}
    answer = reviewer.post(f"/admin/clubs/upload/{waiting.upload_id}/decide", sent, follow=True)
    assert answer.status_code == 200
    waiting.refresh_from_db()
    assert (waiting.state, waiting.version) == ("open", 0)


def test_who_may_only_look_sees_the_desk_without_buttons(onlooker, waiting):
    shown = text(onlooker.get(desk(waiting.upload)))
    assert NEW.name in shown
    assert 'name="action"' not in shown
    assert decide(onlooker, waiting, "skip").status_code == 403
    assert onlooker.post(f"/admin/clubs/upload/{waiting.upload_id}/accept-safe").status_code == 403


def test_who_may_not_look_sees_neither_desk_nor_pictures_nor_progress(db, upload):
    stranger = signed_in(staff("stranger"))
    for path in (
        desk(upload),
        f"/admin/clubs/upload/{upload.pk}/picture/1",
        f"/admin/clubs/upload/{upload.pk}/progress",
    ):
        assert stranger.get(path).status_code == 403, path


def test_nobody_without_a_session_gets_a_picture(client, upload):
    assert client.get(f"/admin/clubs/upload/{upload.pk}/picture/1").status_code == 302


def test_a_picture_is_served_as_nothing_but_a_picture(onlooker, upload):
    answer = onlooker.get(f"/admin/clubs/upload/{upload.pk}/picture/1")
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.content.startswith(b"\xff\xd8\xff")
    assert onlooker.get(f"/admin/clubs/upload/{upload.pk}/picture/2").status_code == 404


def test_what_is_missing_is_not_found(reviewer, upload):
    for path in ("x", "00000000-0000-0000-0000-000000000000"):
        assert reviewer.get(f"/admin/clubs/upload/{path}/change/").status_code == 404
    assert reviewer.get("/admin/clubs/upload/00000000-0000-0000-0000-000000000000/progress").status_code == 404


def test_a_desk_without_its_pictures_still_shows_what_was_read(reviewer, upload):
    Screenshot.objects.update(file="")
    assert "This picture was deleted." in text(reviewer.get(desk(upload)))


def test_hostile_names_are_shown_as_text(reviewer, guild, bob, joined, work):
    new_member(guild, "Somebody")
    boxed(joined(bob, Role.CLUB), [page([Shown(HOSTILE, 5_000_000), *MEMBERS[:5]])])
    work()
    shown = text(reviewer.get(desk(Upload.objects.get())))
    assert HOSTILE not in shown
    assert "&lt;script&gt;" in shown


def test_the_list_says_what_is_to_be_done(reviewer, upload):
    shown = text(reviewer.get("/admin/clubs/upload/"))
    assert "Review" in shown


def keeper(*permissions):
    user = staff("kim", *LOOK, "add_upload", *permissions)
    Membership.objects.create(guild=Guild.objects.get(pk=GUILD), user=user, role=Role.CLUB)
    return signed_in(user)


def test_dropped_pictures_are_stored_and_a_job_reads_them(guild, work):
    client = keeper()
    assert "Drop screenshots here" in text(client.get(DROP))
    answer = client.post(DROP, {"pictures": files(scan()[1])}, headers={"Accept": "application/json"})
    upload = Upload.objects.get()
    assert answer.json() == {"next": desk(upload)}
    progress = f"/admin/clubs/upload/{upload.pk}/progress"
    assert client.get(progress).json() == {"finished": False, "read": [], "status": "queued", "error": ""}
    assert "Waiting for a worker" in text(client.get(desk(upload)))
    work()
    assert client.get(progress).json() == {"finished": True, "read": [1, 2], "status": "completed", "error": ""}
    assert "Everything is decided." in text(client.get(desk(upload)))
    assert User.objects.get(username="kim") == Job.objects.get(type="read_club_screenshots").owner


def test_without_its_script_the_page_is_a_plain_form(guild):
    answer = keeper().post(DROP, {"pictures": files(scan()[1])})
    assert answer["Location"] == desk(Upload.objects.get())


def test_pictures_that_cannot_be_taken_are_named(guild):
    sent = {"pictures": [*files(scan()[1]), SimpleUploadedFile("evil.png", b"%PDF-1.7")]}
    client = keeper()
    answer = client.post(DROP, sent, headers={"Accept": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["pictures"] == {"2": ["This is not a PNG, JPEG or WEBP picture."]}
    sent = {"pictures": SimpleUploadedFile("evil.png", b"%PDF-1.7")}
    assert "Picture 1: This is not a PNG" in text(client.post(DROP, sent))
    assert not Upload.objects.exists()


def test_a_time_to_come_is_refused(guild):
    sent = {"pictures": files(scan()[1]), "observed_at_0": "2999-01-01", "observed_at_1": "12:00"}
    answer = keeper().post(DROP, sent, headers={"Accept": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["detail"] == "Must be between 2015 and now."


def test_only_who_keeps_the_club_may_drop_pictures(guild):
    without_role = signed_in(staff("kai", *LOOK, "add_upload"))
    without_permission = signed_in(staff("ken", *LOOK))
    assert without_role.post(DROP, {"pictures": files(scan()[1])}).status_code == 302
    assert without_permission.get(DROP).status_code == 403
    assert not Upload.objects.exists()


def test_a_guild_that_takes_no_uploads_says_so(guild):
    client = keeper()
    GuildSettings.objects.patch(guild, {"uploads_enabled": False}, None)
    shown = text(client.get(DROP, follow=True))
    assert "This guild&#x27;s settings don&#x27;t allow uploads" in shown
    assert not Finding.objects.exists()
