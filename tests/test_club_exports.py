"""A club as CSV and XLSX: exact numbers, real times, and nothing that a spreadsheet would calculate."""

import csv
import io
from datetime import datetime

import pytest
from openpyxl import load_workbook

from clubs import exports, history
from clubs.choices import MetricName
from clubs.corrections import correct
from clubs.models import Member
from clubs.standings import recompute
from guilds.models import Role
from slimy.wire import instant
from tests.club import measure, new_member, on_day, whole_scan
from tests.conftest import GUILD, assert_problem

pytestmark = pytest.mark.django_db

CLUB = f"/api/guilds/{GUILD}/club"
CSV, XLSX = f"{CLUB}/export.csv", f"{CLUB}/export.xlsx"
EVIL = [
    '=HYPERLINK("http://evil.example","x")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1+1",
    "＝1",
    "#N/A",
    "TRUE",
    "2024-01-01",
    "{=1}",
    'a"b,c\r\nd;e',
    "\x01\x0b\x1fbell",
    "http://evil.example",
]


@pytest.fixture
def keeper(alice, joined, api):
    return api(joined(alice, Role.CLUB))


@pytest.fixture
def club(guild):
    ann, cafe, eve = (new_member(guild, name) for name in ("Ann", "Café 爱", "Eve"))
    measure(ann, on_day(0), sim=10**15, total=1000)
    measure(ann, on_day(7), sim=10**15 - 1, total=900)
    measure(cafe, on_day(7), sim=7)
    measure(eve, on_day(0), total=9000)
    whole_scan(guild, on_day(7))
    recompute(GUILD)
    return ann


def content_of(answer):
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def csv_rows(answer):
    text = content_of(answer).decode("utf-8")
    assert text.startswith("\ufeffMember key,")
    assert text.endswith("\r\n")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


def sheet_of(answer):
    return load_workbook(io.BytesIO(content_of(answer))).active


class TestCsv:
    def test_has_the_standings_as_the_list_has(self, keeper, club):
        head, *rows = csv_rows(keeper.get(CSV))
        assert head[:5] == ["Member key", "Name", "Sim power", "Sim previous", "Sim change %"]
        times = [instant(on_day(0)), instant(on_day(7)), ""]
        assert rows == [
            ["ann", "Ann", "999999999999999", "1000000000000000", "0.00", "900", "1000", "-10.00", *times],
            ["cafe爱", "Café 爱", "7", "", "", "", "", "", *times],
        ]

    def test_is_sorted_and_shows_who_left_when_asked_for(self, keeper, club):
        rows = csv_rows(keeper.get(f"{CSV}?sort=name&left=include"))[1:]
        assert [row[0] for row in rows] == ["ann", "cafe爱", "eve"]
        assert rows[-1][-1] == instant(on_day(7))

    def test_has_all_of_history(self, keeper, club, alice):
        correct(club, MetricName.TOTAL, on_day(0).date(), 1234, "seen in the game", alice)
        assert csv_rows(keeper.get(f"{CSV}?what=history")) == [
            ["Member key", "Name", "Observed (UTC)", "Sim power", "Sim corrected", "Total power", "Total corrected"],
            ["ann", "Ann", instant(on_day(7)), "999999999999999", "false", "900", "false"],
            ["ann", "Ann", instant(on_day(0)), "1000000000000000", "false", "1234", "true"],
            ["cafe爱", "Café 爱", instant(on_day(7)), "7", "false", "", ""],
            ["eve", "Eve", instant(on_day(0)), "", "", "9000", "false"],
        ]

    def test_reads_a_long_history_in_pieces(self, keeper, guild, django_assert_num_queries):
        for number in range(3):
            member = new_member(guild, f"Member {number}")
            for day in range(200):
                measure(member, on_day(day), sim=day)
        answer = keeper.get(f"{CSV}?what=history")
        pieces = list(answer.streaming_content)
        assert (len(pieces), b"".join(pieces).count(b"\r\n")) == (2, 601)
        with django_assert_num_queries(2):
            assert sum(1 for _ in history.everything(GUILD)) == 600

    @pytest.mark.parametrize("name", EVIL)
    def test_defuses_formulas_and_keeps_everything_else(self, keeper, guild, name):
        measure(evil(guild, name), on_day(0), sim=1)
        recompute(GUILD)
        (shown,) = [row[1] for row in csv_rows(keeper.get(CSV))[1:]]
        dangerous = name.strip(" ")[0] in "=+-@\t\r\n＝"
        assert shown == (f"'{name}" if dangerous else name)


class TestXlsx:
    def test_has_numbers_and_times_as_such(self, keeper, club):
        head, first, second = sheet_of(keeper.get(XLSX)).iter_rows(values_only=True)
        assert head[5:8] == ("Total power", "Total previous", "Total change %")
        first_seen, last_seen = datetime(2024, 1, 3, 12), datetime(2024, 1, 10, 12)  # noqa: DTZ001  cells have no zone
        assert first == (
            "ann", "Ann", 10**15 - 1, 10**15, 0, 900, 1000, -10, first_seen, last_seen, None,
        )  # fmt: skip
        assert second[:6] == ("cafe爱", "Café 爱", 7, None, None, None)

    def test_has_all_of_history(self, keeper, club):
        rows = list(sheet_of(keeper.get(f"{XLSX}?what=history")).iter_rows(values_only=True))
        assert [row[0] for row in rows] == ["Member key", "ann", "ann", "cafe爱", "eve"]
        assert rows[1][3:] == (10**15 - 1, False, 900, False)

    def test_refuses_a_history_that_is_too_long_and_says_where_it_is(self, keeper, club, monkeypatch):
        monkeypatch.setattr(exports, "MOST_XLSX_ROWS", 4)
        assert keeper.get(f"{XLSX}?what=history").status_code == 200
        monkeypatch.setattr(exports, "MOST_XLSX_ROWS", 3)
        problem = assert_problem(keeper.get(f"{XLSX}?what=history"), 400, "invalid_input", "what")
        assert "export.csv" in problem["details"]["what"][0]

    @pytest.mark.parametrize("name", EVIL)
    def test_holds_text_as_text(self, keeper, guild, name):
        measure(evil(guild, name), on_day(0), sim=1)
        recompute(GUILD)
        cell = sheet_of(keeper.get(XLSX))["B2"]
        assert (cell.data_type, cell.hyperlink) == ("s", None)
        assert cell.value == name.replace("\x01\x0b\x1f", "").replace("\r\n", "\n").replace("\r", "\n")


def evil(guild, name):
    """A member of a name that our own reading would have tidied."""
    member = new_member(guild, "Evil")
    Member.objects.filter(pk=member.pk).update(display_name=name)
    member.refresh_from_db()
    return member


@pytest.mark.parametrize(("path", "type"), [(CSV, "text/csv; charset=utf-8"), (XLSX, "application/vnd.openxml")])
@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*", ""])
def test_an_export_is_a_file_whatever_is_accepted(keeper, club, path, type, accept):
    answer = keeper.get(path, HTTP_ACCEPT=accept)
    assert answer["Content-Type"].startswith(type)
    assert answer["Cache-Control"] == "no-store"
    name = answer["Content-Disposition"]
    assert name.startswith(f'attachment; filename="club-{GUILD}-standings-')
    assert name.endswith(('.csv"', '.xlsx"'))
    assert content_of(answer)


@pytest.mark.parametrize("path", [CSV, XLSX])
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?sort=power", "sort"),
        ("?what=everything", "what"),
        ("?left=", "left"),
        ("?limit=5", "limit"),
        ("?what=history&what=history", "what"),
        ("?sort=%00", "sort"),
    ],
)
def test_odd_queries_are_problems_not_files(keeper, path, query, field):
    assert_problem(keeper.get(path + query), 400, "invalid_input", field)


@pytest.mark.parametrize("path", [CSV, XLSX])
def test_an_empty_club_has_a_head_only(keeper, path):
    answer = keeper.get(path)
    assert len(csv_rows(answer) if path == CSV else list(sheet_of(answer).iter_rows())) == 1


@pytest.mark.parametrize("members", [3, 40])
@pytest.mark.parametrize("path", [CSV, XLSX])
def test_standings_are_one_statement_however_many_members(keeper, guild, path, members, django_assert_num_queries):
    for number in range(members):
        measure(new_member(guild, f"Member {number}"), on_day(0), sim=number)
    recompute(GUILD)
    keeper.get(path)
    with django_assert_num_queries(2):  # the guilds of who asks (no cache in a transaction), the standings
        content_of(keeper.get(path))
