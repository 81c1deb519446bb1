"""`read_club_screenshots`: pictures come in, their members stand in the standings, and what is doubtful waits."""

import pytest

from clubs.models import Finding, Latest, Member, Scan, Screenshot, Upload
from clubs.screenshots.intake import Wish, arrival_of, keep
from clubs.screenshots.reader import Reader
from guilds.models import GuildSettings, Role
from slimy.jobs.models import Job
from tests.club import measure, new_member, on_day, result_of
from tests.conftest import GUILD, assert_problem, wait_until
from tests.reviewed import boxed, counted, files, page
from tests.screen import club
from tests.screenshots.drawn import as_file, scan, screenshot
from tests.screenshots.recorded import CRASHES, GREEDY, HANGS

PATH = f"/api/guilds/{GUILD}/club/screenshots"

pytestmark = pytest.mark.usefixtures("recorded_engine")


@pytest.fixture
def bob_keeps(bob, joined):
    return joined(bob, Role.CLUB)


def readings():
    """The jobs that read; the trail has jobs of its own."""
    return Job.objects.filter(type="read_club_screenshots")


def reasons(name):
    return [reason["code"] for reason in Finding.objects.get(name=name).reasons]


@pytest.mark.usefixtures("rings")
def test_pictures_of_a_whole_club_stand_in_the_standings(guild, bob_keeps, api, work):
    members, pictures = scan()
    answer = api(bob_keeps).post(PATH, {"pictures": files(pictures)}, format="multipart")
    assert answer.status_code == 202, answer.content
    assert (answer.json()["pictures"], answer.json()["duplicates"]) == (2, 0)
    work()
    result = result_of(readings().get())
    assert (result["status"], result["rows"], result["accepted"], result["open"]) == ("read", 10, 10, 0)
    standings = {latest.member.display_name: latest.sim_power for latest in Latest.objects.select_related("member")}
    assert standings == {member.name: member.power for member in members}
    assert Scan.objects.get().complete


@pytest.mark.usefixtures("rings")
def test_the_same_pictures_again_are_the_same_upload_and_change_nothing(guild, bob_keeps, api, work):
    _, pictures = scan()
    for _ in range(2):
        answer = api(bob_keeps).post(PATH, {"pictures": files([*pictures, pictures[0]])}, format="multipart")
        assert answer.json()["duplicates"] == 1
        work()
    assert Upload.objects.count() == Scan.objects.count() == 1
    assert [result_of(job)["status"] for job in readings().order_by("number")] == ["read", "unchanged"]


@pytest.mark.usefixtures("rings")
def test_a_picture_that_was_read_before_is_not_read_again(guild, bob_keeps, api, work, monkeypatch):
    _, pictures = scan()
    api(bob_keeps).post(PATH, {"pictures": files(pictures[:1])}, format="multipart")
    work()
    read = []
    monkeypatch.setattr(Reader, "read", lambda _, content: read.append(content) or {"boxes": []})
    api(bob_keeps).post(PATH, {"pictures": files(pictures)}, format="multipart")
    work()
    assert len(read) == 1


def test_the_client_sees_how_far_it_is(guild, bob_keeps, api, worker, settings, transactional_db):
    """The second picture hangs: until its time is up, one of two is done."""
    _, pictures = scan()
    with worker(
        queues=("ocr",), OCR_ENGINE=settings.OCR["ENGINE"], SCREENSHOT_STORAGE_OPTIONS=storage_options(settings)
    ):
        sent = [pictures[0], screenshot([], mark=HANGS)]
        client = api(bob_keeps)
        job = client.post(PATH, {"pictures": files(sent)}, format="multipart").json()["jobId"]

        def progress():
            return client.get(f"/api/chat/db-jobs/{job}").json().get("progress")

        wait_until(lambda: (progress() or {}).get("done") == 1, seconds=60)
        assert progress() == {"done": 1, "total": 2, "current": "Picture 2"}


def storage_options(settings):
    import json

    return json.dumps(settings.STORAGES["screenshots"]["OPTIONS"])


@pytest.mark.usefixtures("rings")
@pytest.mark.parametrize(("mark", "why"), [(CRASHES, "ended with code -6"), (HANGS, "took more than 3 seconds")])
def test_a_picture_that_kills_the_engine_costs_its_job_an_attempt_and_nobody_else_anything(
    guild, bob_keeps, api, work, mark, why
):
    _, pictures = scan()
    for sent in ([screenshot([], mark=mark)], pictures):
        api(bob_keeps).post(PATH, {"pictures": files(sent)}, format="multipart")
        work()
    broken, fine = readings().order_by("number")
    assert (broken.status, broken.attempts, broken.errors[-1]["code"]) == ("queued", 1, "reader_failed")
    assert why in broken.errors[-1]["public"]
    assert fine.status == "completed"


@pytest.mark.usefixtures("rings")
def test_a_picture_that_wants_all_memory_gets_none(guild, bob_keeps, api, work):
    api(bob_keeps).post(PATH, {"pictures": files([screenshot([], mark=GREEDY)])}, format="multipart")
    work()
    assert readings().get().errors[-1]["code"] == "reader_failed"


def test_the_reader_knows_no_secret(monkeypatch):
    started = {}

    def popen(arguments, **options):
        started.update(options)
        raise OSError

    monkeypatch.setattr("clubs.screenshots.reader.subprocess.Popen", popen)
    with Reader() as reader, pytest.raises(OSError):
        reader.read(b"x")
    assert set(started["env"]) == {"PATH", "LANG", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"}


def test_it_ends_its_process_with_the_job(guild, bob_keeps):
    with Reader() as reader:
        reader.read(as_file(scan()[1][0], "JPEG"))
        process = reader._process
    assert process.poll() is not None


@pytest.mark.usefixtures("rings")
def test_a_stranger_among_known_members_waits_for_a_person(guild, bob_keeps, work):
    members = club(6)
    for member in members[:5]:
        measure(new_member(guild, member.name), on_day(-7), sim=member.power)
    boxed(bob_keeps, [counted(page(members), 6)])
    work()
    assert reasons(members[5].name) == ["new_member"]
    assert Finding.objects.filter(state="accepted").count() == Latest.objects.count() == 5
    assert not Member.objects.filter(display_name=members[5].name).exists()
    assert not Scan.objects.get().complete


@pytest.mark.usefixtures("rings")
def test_a_power_that_grew_or_fell_by_more_than_half_waits(guild, bob_keeps, work):
    members = club(6)
    for member, factor in zip(members, (1, 1, 1, 3, 0.5, 0.7), strict=True):
        measure(new_member(guild, member.name), on_day(-7), sim=round(member.power * factor))
    boxed(bob_keeps, [page(members)])
    work()
    jumped = {finding.name for finding in Finding.objects.filter(state="open")}
    assert jumped == {members[3].name, members[4].name}
    assert reasons(members[3].name) == reasons(members[4].name) == ["power_jump"]


@pytest.mark.usefixtures("rings")
def test_names_that_are_only_nearly_known_wait(guild, bob_keeps, work):
    members = club(6)
    for member in members:
        new_member(guild, member.name.replace("Marrow", "Marrov"))
    boxed(bob_keeps, [page(members)])
    work()
    assert reasons("Marrow") == ["similar_name"]


@pytest.mark.usefixtures("rings")
def test_a_number_that_reads_otherwise_when_looked_at_closely_waits(guild, bob_keeps, work):
    members = club(6)
    boxes = page(members)
    number = next(box for box in boxes["boxes"] if box["text"] == str(members[1].power))
    number["again"] = "20"
    boxed(bob_keeps, [boxes])
    work()
    assert reasons(members[1].name) == ["unsteady_power"]


@pytest.mark.usefixtures("rings")
def test_labels_and_button_that_disagree_make_everything_wait(guild, bob_keeps, work):
    boxes = page(club(6))
    button = max((box for box in boxes["boxes"] if box["text"] == "Sim Power"), key=lambda box: box["box"][1])
    button["text"] = "Total Power"
    boxed(bob_keeps, [boxes])
    work()
    assert not Latest.objects.exists()
    assert Finding.objects.filter(state="open").count() == 6
    assert "metric_conflict" in reasons(club(6)[0].name)


@pytest.mark.usefixtures("rings")
def test_pictures_that_contradict_each_other_make_that_row_wait(guild, bob_keeps, work):
    members = club(6)
    other = [members[0].__class__(members[0].name, 20_000_000), *members[1:]]
    boxed(bob_keeps, [page(members), page(other)])
    work()
    assert reasons(members[0].name) == ["conflicting_power"]
    assert Finding.objects.count() == 6


@pytest.mark.usefixtures("rings")
def test_fewer_members_than_the_screen_says_is_told_and_nobody_has_left(guild, bob_keeps, work):
    gone = new_member(guild, "Gone", on_day(-7))
    measure(gone, on_day(-7), sim=1)
    for member in club(6):
        new_member(guild, member.name, on_day(-7))
    boxed(bob_keeps, [counted(page(club(6)), 7)])
    work()
    upload = Upload.objects.get()
    assert [doubt["code"] for doubt in upload.doubts] == ["count_differs"]
    assert not Scan.objects.filter(complete=True).exists()


@pytest.mark.usefixtures("rings")
def test_nothing_counts_before_somebody_accepted_it_when_the_upload_says_so(guild, bob_keeps, work):
    boxed(bob_keeps, [page(club(6))], hold=True)
    work()
    assert not Scan.objects.exists()
    assert Finding.objects.filter(state="open", reasons=[]).count() == 6


@pytest.mark.usefixtures("rings")
def test_another_page_of_the_game_touches_nobody(guild, bob_keeps, work):
    boxed(bob_keeps, [{"boxes": [{"text": "Shop", "box": [0, 0, 100, 40], "score": 1.0}]}])
    work()
    assert (Finding.objects.count(), Scan.objects.count()) == (0, 0)
    assert Upload.objects.get().doubts[0]["code"] == "not_members_page"


def test_it_refuses_who_keeps_no_club(guild, alice, charlie, joined, api):
    body = {"pictures": files(scan()[1])}
    assert_problem(api(joined(alice, Role.MEMBER)).post(PATH, body, format="multipart"), 403, "role_too_low")
    assert_problem(api(charlie).post(PATH, body, format="multipart"), 403, "not_in_guild")
    assert_problem(api(None).post(PATH, body, format="multipart"), 401, "unauthorized")
    assert not Screenshot.objects.exists()


@pytest.mark.usefixtures("rings")
def test_it_asks_again_in_the_worker_whether_the_owner_may(guild, bob_keeps, work):
    job = boxed(bob_keeps, [page(club(6))])
    bob_keeps.memberships.all().delete()
    work()
    assert Job.objects.get(pk=job.pk).status == "failed"
    assert not Finding.objects.exists()


def test_a_guild_may_close_its_door_to_uploads(guild, bob_keeps, api):
    GuildSettings.objects.patch(guild, {"uploads_enabled": False}, None)
    answer = api(bob_keeps).post(PATH, {"pictures": files(scan()[1])}, format="multipart")
    assert_problem(answer, 403, "uploads_disabled")


def test_without_ocr_it_says_what_to_install(guild, bob_keeps, api, settings):
    settings.OCR = {**settings.OCR, "INSTALLED": False}
    answer = api(bob_keeps).post(PATH, {"pictures": files(scan()[1])}, format="multipart")
    assert "requirements-ocr.txt" in assert_problem(answer, 501, "ocr_not_installed")["detail"]


def test_it_reads_no_upload_of_another_guild(guild, bob_keeps, api):
    from guilds.models import Guild, Membership

    other = Guild.objects.create(id="998877665544332211", name="Other")
    Membership.objects.create(guild=other, user=bob_keeps, role=Role.CLUB)
    arrival = arrival_of(GUILD, files(scan()[1]), Wish())
    keep(arrival, bob_keeps)
    body = {"type": "read_club_screenshots", "data": {**arrival.payload, "guildId": other.pk}}
    assert_problem(api(bob_keeps).post("/api/chat/db-jobs", body), 404, "upload_not_found")


@pytest.mark.usefixtures("rings")
def test_new_names_on_small_pictures_wait_and_known_ones_do_not(guild, bob_keeps, work):
    members = club(6)
    job = boxed(bob_keeps, [page(members)])
    Screenshot.objects.update(width=720)
    work()
    assert result_of(job)["open"] == 6
    assert reasons(members[0].name) == ["small_picture"]
    for member in members:
        new_member(guild, member.name)
    job = boxed(bob_keeps, [page(members)], complete=False)
    Screenshot.objects.update(width=720)
    work()
    assert result_of(job)["open"] == 0
