"""Rows of a club out of the admin as files, and into it as jobs."""

import csv
import io
import json
import zipfile

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from clubs.admin.upload_rows import MOST_BYTES, BadFile, scans_in
from clubs.models import Member, Metric
from guilds.models import Role
from slimy.accounts.models import User
from tests.admin.clubs import *  # noqa: F403
from tests.admin.clubs import CLUBS, GUILD, PAGE, ago, said
from tests.admin.conftest import HOSTILE, text
from tests.club import measure, new_member
from tests.conftest import users_jobs

pytestmark = pytest.mark.django_db

IMPORT = f"{CLUBS}{GUILD}/import/"
ROWS = [
    {"name": "Stone", "sim": "1.3M", "total": "100,000,000", "observed": "2026-01-05"},
    {"name": "蜗牛", "sim": 500, "total": None, "observed": "2026-01-05"},
]


def csv_file(rows, separator=","):
    written = io.StringIO()
    writer = csv.DictWriter(written, ["name", "sim", "total", "observed"], delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode("utf-8-sig")


def xlsx_file(heads, *rows):
    book, written = Workbook(), io.BytesIO()
    for row in (heads, *rows):
        book.active.append(row)
    book.save(written)
    return written.getvalue()


def upload(client, name, content, **more):
    sent = {"file": SimpleUploadedFile(name, content), "observed_at_0": "2026-01-07", "observed_at_1": "12:00"}
    return client.post(IMPORT, sent | more, follow=True)


@pytest.fixture
def officer(cara, joined):
    """Cara, with the role club in the guild."""
    joined(User.objects.get(username="cara"), Role.CLUB)
    return cara


# --- Files


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", csv_file(ROWS)),
        ("a.CSV", csv_file(ROWS, ";")),
        ("a.csv", csv_file(ROWS, "\t").replace(b"name\tsim", b"Name\tSim Power")),
        ("a.json", json.dumps(ROWS).encode()),
        ("a.json", json.dumps({"rows": ROWS, "more": 1}).encode()),
        ("a.xlsx", xlsx_file(["Name", "SIM", "total power", "Date"], *(list(row.values()) for row in ROWS))),
    ],
)
def test_a_file_of_any_kind_gives_the_same_rows(name, content):
    (scan,) = scans_in(name, content).items()
    stone, snail = scan[1]
    assert scan[0] == "2026-01-05T00:00:00.000Z"
    assert stone == {"name": "Stone", "simPower": "1.3M", "totalPower": "100,000,000"}
    assert (snail["name"], int(snail["simPower"]), "totalPower" in snail) == ("蜗牛", 500, False)


def test_cells_of_numbers_and_days_are_read_as_such():
    day = ago(days=3).replace(microsecond=0, tzinfo=None)
    scans = scans_in("a.xlsx", xlsx_file(["name", "total", "observed"], [12521, 1e9, day], ["B", 1.5, None]))
    assert scans[None] == [{"name": "B", "totalPower": 1.5}]
    assert [rows for when, rows in scans.items() if when] == [[{"name": "12521", "totalPower": 10**9}]]


def bomb():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/workbook.xml", b"0" * 40_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.pdf", b"x", "Only .csv"), ("a", b"name\nx", "Only .csv"), ("a.csv", b"", "no rows"),
        ("a.csv", b"\xff\xfe", "UTF-8"), ("a.csv", b"sim\n5", "no name"), ("a.csv", b"name,sim\n ,5", "no name"),
        ("a.csv", b"name,date\nA,31.12.2025", "not a day"), ("a.csv", b'name\n"' + b"x" * 200_000, "no CSV"),
        ("a.json", b"{", "no JSON"), ("a.json", b"[" * 100_000, "no JSON"), ("a.json", b"[1]", "list of objects"),
        ("a.json", b'{"name": "A"}', "list of objects"), ("a.json", b'[{"name": ["A"]}]', "no name"),
        ("a.json", b'[{"name": "A", "date": [1]}]', "not a day"), ("a.xlsx", b"PK", "no XLSX"),
        ("a.xlsx", bomb(), "too large when unpacked"), ("a.csv", b"name\n\xe2\x80\x8b", "no name"),
        ("a.csv", b"name,date\n" + b"".join(b"A,2025-01-%02d\n" % d + b"A,2025-03-%02d\n" % d + b"A,2025-05-%02d\n" % d
                                         for d in range(1, 32)), "At most 60"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_rows_is_refused(name, content, why):
    with pytest.raises(BadFile, match=why):
        scans_in(name, content)


# --- Import


def test_an_import_is_a_job_in_the_name_of_who_imports(officer, guild, rings, work):
    response = upload(officer, "a.csv", csv_file(ROWS), complete="on")
    job = users_jobs().get()
    assert (job.type, job.owner.username, job.payload["complete"]) == ("ingest_club_metrics", "cara", True)
    assert job.payload["observedAt"] == "2026-01-05T00:00:00.000Z"
    assert f"/admin/jobs/job/{job.pk}/change/" in text(response)
    work()
    assert set(Metric.objects.values_list("member__member_key", "sim_power", "total_power")) == {
        ("stone", 1_300_000, 100_000_000),
        ("蜗牛", 500, None),
    }
    assert LogEntry.objects.get().get_change_message() == "Imported a file: 1 job."


def test_rows_of_several_times_become_several_jobs_oldest_first(officer, guild):
    rows = [{"name": "A", "sim": 5, "observed": day} for day in ("2026-01-06", "", "2025-12-01T10:00+02:00")]
    assert "3 jobs" in said(upload(officer, "a.json", json.dumps(rows).encode()))
    assert [job.payload["observedAt"] for job in users_jobs().order_by("number")] == [
        "2025-12-01T08:00:00.000Z",
        "2026-01-06T00:00:00.000Z",
        "2026-01-07T12:00:00.000Z",
    ]


def test_a_hostile_file_harms_nothing(officer, guild, rings, work):
    rows = [{"name": HOSTILE, "sim": "5"}, {"name": "'; DROP TABLE clubs_member; --", "sim": 6, "extra": {}}]
    upload(officer, f"{HOSTILE}.json", json.dumps(rows).encode())
    work()
    assert Member.objects.count() == 2
    assert HOSTILE not in text(officer.get(PAGE))


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([{"name": "A", "sim": "x" * 41}], "at most 40 characters"),
        ([{"name": "A" * 201, "sim": 5}], "200"),
        ([{"name": "A", "sim": 5, "observed": "2999-01-01"}], "between 2015 and now"),
        ([{"name": "A", "sim": [5]}], "at most 40 characters"),
        ([{"name": "A\0", "sim": 5}], "ocrResult"),
    ],
)
def test_what_the_job_would_refuse_is_refused_with_its_words(officer, guild, rows, why):
    response = upload(officer, "a.json", json.dumps(rows).encode())
    assert why in str(response.context["form"].errors)
    assert not users_jobs().exists()


def test_an_import_that_is_refused_in_part_leaves_no_job(officer, guild):
    rows = [{"name": "A", "sim": 5, "observed": "2026-01-01"}, {"name": "A", "sim": "x" * 41, "observed": "2026-01-02"}]
    assert "at most 40" in str(upload(officer, "a.json", json.dumps(rows).encode()).context["form"].errors)
    assert not users_jobs().exists()
    assert not LogEntry.objects.exists()


def test_the_form_says_what_is_missing(officer, guild):
    assert officer.get(IMPORT).status_code == 200
    for wrong in ({"observed_at_0": "2999-01-01"}, {"observed_at_0": ""}, {"observed_at_1": "x"}, {"file": ""}):
        assert upload(officer, "a.csv", csv_file(ROWS), **wrong).context["form"].errors, wrong
    big = upload(officer, "a.csv", b"name\n" + b"x" * MOST_BYTES)
    assert "KiB" in str(big.context["form"].errors)
    assert not users_jobs().exists()


def test_staff_without_a_role_in_the_guild_are_told_so(cara, guild, joined):
    assert "you need the role club or admin" in said(upload(cara, "a.csv", csv_file(ROWS)))
    assert "not a member" in said(cara.get(IMPORT, follow=True))
    joined(User.objects.get(username="cara"), Role.MEMBER)
    assert "role" in said(upload(cara, "a.csv", csv_file(ROWS)))
    assert not users_jobs().exists()


def test_superusers_import_everywhere(root, guild):
    upload(root, "a.csv", csv_file(ROWS))
    assert users_jobs().get().owner.username == "root"


# --- Export


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_standings_and_history_are_exported_as_csv(victor, stone):
    hostile = new_member(stone.guild, '=HYPERLINK("http://x")', ago(days=1))
    measure(hostile, ago(days=1), sim=5)
    history = victor.get(f"{CLUBS}{GUILD}/export/history.csv")
    assert history["Content-Type"].startswith("text/csv")
    assert f'attachment; filename="club-{GUILD}-history-' in history["Content-Disposition"]
    lines = body(history).decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + 4
    assert not any(line.startswith("=") or ",=" in line or ',"=' in line for line in lines)
    standings = body(victor.get(f"{CLUBS}{GUILD}/export/standings.csv")).decode("utf-8-sig")
    assert "1234567" in standings


def test_standings_are_exported_as_xlsx(victor, stone):
    response = victor.get(f"{CLUBS}{GUILD}/export/standings.xlsx")
    cells = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(body(response))).active]
    assert cells[1][:3] == ["stone", "Stone", 1_234_567]


def test_a_history_that_no_workbook_holds_is_refused_with_words(victor, stone, monkeypatch):
    monkeypatch.setattr("clubs.exports.MOST_XLSX_ROWS", 2)
    response = victor.get(f"{CLUBS}{GUILD}/export/history.xlsx", follow=True)
    assert "export.csv has them all" in said(response)
    assert response.redirect_chain[-1][0] == PAGE


def test_what_was_exported_can_be_imported_again(officer, victor, stone, rings, work):
    exported = body(victor.get(f"{CLUBS}{GUILD}/export/standings.csv"))
    upload(officer, "standings.csv", exported)
    work()
    assert users_jobs().get().status == "completed"
    assert Member.objects.count() == 1
