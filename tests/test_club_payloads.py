"""What the job `ingest_club_metrics` takes and refuses at the door; whatever is sent harms nothing."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from jsonschema import Draft202012Validator
from rest_framework.exceptions import ValidationError

from clubs.models import Member, Scan
from clubs.payloads import OCR_RESULT, IngestClubMetrics
from guilds.models import Role
from tests.club import on_day, payload, row
from tests.conftest import assert_problem, users_jobs

pytestmark = pytest.mark.usefixtures("rings")

JOBS = "/api/chat/db-jobs"
SCHEMA = Draft202012Validator(OCR_RESULT.schema())
BOX = {"text": "Stone", "box": [0, 0, 10, 10], "score": 0.9}
CORNERS = [[0, 0], [10, 0], [10, 10.5], [0, 10]]
MANY_ROWS = [row(f"Member {number}", sim=number) for number in range(5_000)]


@pytest.fixture
def post(alice, joined, api):
    """`post(payload)` asks for an ingestion as a club officer."""
    client = api(joined(alice, Role.CLUB))

    def ask(data):
        body = json.dumps({"type": "ingest_club_metrics", "data": data})
        return client.generic("POST", JOBS, body, "application/json")

    return ask


GOOD = {
    "rows": {"rows": [row("Stone", sim=1), row("Stone", sim="1.5M", total=None, confidence=1, lastSeen="5h ago")]},
    "nulls": {"rows": [{"name": "", "simPower": None, "totalPower": None, "confidence": None, "lastSeen": None}]},
    "many rows": {"rows": MANY_ROWS},
    "boxes": {"boxes": [BOX, BOX | {"box": CORNERS, "score": None}, {"text": "", "box": [0, 0, 1, 1]}], "width": 800},
    "no boxes": {"boxes": [], "width": 1, "height": 1.5},
    "text": {"text": "Stone\n14,321,191\n"},
    "no text": {"text": ""},
    "pages": {"pages": [{"rows": [row("Stone")]}, {"boxes": [BOX]}, {"text": "x"}] * 6},
    "odd powers": {"rows": [row("Stone", sim=10**30), row("a", sim=-5), row("b", sim=5.0), row("c", sim="?" * 40)]},
}

BAD = {
    "no object": [[], "x", None, 1, True, []],
    "nothing": [{}, {"width": 5}],
    "two kinds": [{"rows": [row("a")], "text": "b"}, {"boxes": [], "pages": [{"text": ""}]}],
    "unknown fields": [{"rows": [row("a")], "more": 1}, {"text": "", "width": 5}, {"rows": [row("a", power=5)]}],
    "rows": [
        {"rows": []},
        {"rows": {}},
        {"rows": "abc"},
        {"rows": [*MANY_ROWS, row("a")]},
        {"rows": [1]},
        {"rows": [[]]},
    ],
    "names": [{"rows": [{}]}] + [{"rows": [row(name)]} for name in (None, 5, [], {}, "x" * 201, True)],
    "powers": [{"rows": [row("a", sim=power)]} for power in (1.5, True, [], {}, "9" * 41)],
    "confidences": [{"rows": [row("a", confidence=it)]} for it in (-0.1, 1.1, "1", True, [], 10**400)],
    "last seen": [{"rows": [row("a", lastSeen=it)]} for it in (5, [], "x" * 41)],
    "boxes": [{"boxes": it} for it in (None, {}, [1], [{}], [{"text": "a"}], [BOX] * 2001)],
    "places": [
        {"boxes": [BOX | {"box": box}]}
        for box in (
            [],
            [1, 2, 3],
            [1] * 5,
            ["1"] * 4,
            [True] * 4,
            [[1, 2]] * 3,
            [[1]] * 4,
            [1, 2, 3, [4]],
            5,
            [1e9] * 4,
        )
    ],
    "sizes": [{"boxes": [], "width": size} for size in (0, -1, "5", True, 1e9, None)],
    "texts": [{"text": it} for it in (None, 5, [], "x" * 100_001)] + [{"boxes": [BOX | {"text": "x" * 501}]}],
    "pages": [{"pages": it} for it in ([], {}, [{"text": ""}] * 21, [{}], [5], [{"pages": [{"text": ""}]}])],
}


@pytest.mark.parametrize("ocr", GOOD.values(), ids=GOOD)
def test_it_takes(ocr):
    assert OCR_RESULT.wrong(ocr) is None
    SCHEMA.validate(ocr)


@pytest.mark.parametrize("ocr", [pytest.param(each, id=name) for name, some in BAD.items() for each in some])
def test_it_refuses(ocr):
    """And the schema that is published says the same."""
    assert OCR_RESULT.wrong(ocr)
    assert not SCHEMA.is_valid(ocr)


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "a\udfff"])
def test_text_that_can_not_be_stored_is_refused(post, text):
    for ocr in (
        {"rows": [row(text)]},
        {"text": text},
        {"boxes": [BOX | {"text": text}]},
        {"rows": [row("a", sim=text)]},
    ):
        with pytest.raises(ValidationError):
            IngestClubMetrics(data=payload(ocr)).is_valid(raise_exception=True)
        assert post(payload(ocr)).status_code == 400
    assert not users_jobs().exists()


def test_what_is_wrong_is_said_of_the_field(post):
    rows = [row("a"), row("b", sim=[]), {"simPower": 1}, row("c", odd=1), 5]
    fields = [f"ocrResult.rows.{field}" for field in ("1.simPower", "2.name", "3.odd", "4")]
    assert_problem(post(payload(rows)), 400, "invalid_input", *fields)
    pages = {"pages": [{"rows": [row("a")]}, {"rows": []}, {"txt": ""}]}
    assert_problem(post(payload(pages)), 400, "invalid_input", "ocrResult.pages.1.rows", "ocrResult.pages.2")
    assert_problem(post(payload([*MANY_ROWS, row("a")])), 400, "invalid_input", "ocrResult.rows")
    assert not users_jobs().exists()


def test_of_many_wrong_rows_some_are_named(post):
    problem = post(payload([row("a", sim=[])] * 5_000)).json()
    assert len(problem["details"]) == 20


def test_pages_may_have_5000_rows_in_all(post):
    half = {"rows": MANY_ROWS[:2_500]}
    assert post(payload({"pages": [half, half]})).status_code == 202
    assert_problem(post(payload({"pages": [half, half, half]})), 400, "invalid_input", "ocrResult.pages")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("guildId", "42"),
        ("guildId", 112233445566778899),
        ("pageType", "unknown"),
        ("pageType", None),
        ("observedAt", "yesterday"),
        ("observedAt", "2014-12-31T23:59:59Z"),
        ("observedAt", "2999-01-01T00:00:00Z"),
        ("observedAt", "0001-01-01T00:00:00+23:59"),
        ("observedAt", 1700000000),
        ("complete", "yes"),
        ("complete", 1),
        ("ocrResult", None),
        ("rows", []),
    ],
)
def test_other_fields_are_strict_too(post, field, value):
    assert_problem(post(payload([row("a")]) | {field: value}), 400, "invalid_input", field)
    assert not users_jobs().exists()


def test_a_clock_that_is_a_little_ahead_is_forgiven(post):
    for minutes, status in ((4, 202), (6, 400)):
        ahead = (timezone.now() + timedelta(minutes=minutes)).isoformat()
        assert post(payload([row("a")]) | {"observedAt": ahead}).status_code == status


@pytest.mark.parametrize(
    "body",
    [
        b'{"rows": [{"name": "a", "confidence": NaN}]}',
        b'{"rows": [{"name": "a", "confidence": Infinity}]}',
        b'{"rows": [{"name": "a", "simPower": 1e999}]}',
        b'{"rows": [{"name": "a", "simPower": ' + b"9" * 5_000 + b"}]}",
        b'{"rows": [{"name": "a", "name": "b"}]}',
        b'{"rows": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"rows": [{"name": "\xff"}]}',
    ],
    ids=range(7),
)
def test_broken_json_is_refused(alice, joined, api, body):
    client = api(joined(alice, Role.CLUB))
    whole = b'{"type": "ingest_club_metrics", "data": {"guildId": "112233445566778899", "ocrResult": ' + body + b"}}"
    response = client.generic("POST", JOBS, whole, "application/json")
    assert response.status_code == 400
    assert not users_jobs().exists()


ODD = [
    "\u202eevil",
    "a" * 200,
    "\ufdfa" * 200,
    "\u200b",
    "e" + "\u0301" * 199,
    "=1+1",
    "<b>",
    "'; --",
    "\x1b[31m",
    "\ufffe",
]


def test_odd_rows_are_ingested_or_reported_and_never_tried_again(post, work):
    """10**4000 is a number that jsonb takes."""
    powers = [10**30, -1, "NaN", "1e5", "−5", "１２３", "0x10", "٣٤٥", 10**4000, "1_0", "", " "]
    rows = [row(name, sim=5_000 + number) for number, name in enumerate(ODD)]
    rows += [row(f"Member {number}", sim=power) for number, power in enumerate(powers)]
    assert post(payload(rows)).status_code == 202
    work()
    job = users_jobs().get()
    assert (job.status, job.attempts) == ("completed", 1), job.errors
    assert job.result["membersProcessed"] >= len(ODD) - 2
    assert json.dumps(job.result)


def test_boxes_and_texts_of_any_kind_are_ingested_or_skipped(post, work):
    documents = [
        {"boxes": [{"text": "\u202e" * 500, "box": [0, 0, 0, 0]}] * 300},
        {"boxes": [{"text": "1,234,567", "box": [-5, -5, -9, -9], "score": -1}] * 50, "width": 1, "height": 1},
        {"text": "\n" * 100_000},
        {"text": "9" * 100_000},
        {"text": "Stone 5\n" * 12_000},
        {"text": "Sim power\n" + "".join(f"Member {number}\n{number + 1_000_000}\n" for number in range(4_000))},
        {"pages": [{"text": ""}, {"boxes": []}, {"rows": [row("", sim=1)]}]},
    ]
    for number, ocr in enumerate(documents):
        assert post(payload(ocr, on_day(number))).status_code == 202
        work()
        job = users_jobs().latest("number")
        assert job.status in ("completed", "failed")
        assert job.attempts == 1
        assert job.status == "completed" or job.errors[-1]["code"] == "too_many_members", job.errors


def test_a_club_has_a_limit_of_members(post, work, monkeypatch):
    monkeypatch.setattr("clubs.ingest.MOST_MEMBERS", 3)
    post(payload([row("a", sim=1), row("b", sim=1)]))
    work()
    post(payload([row("c", sim=1), row("d", sim=1)], on_day(1)))
    work()
    job = users_jobs().latest("number")
    assert (job.status, job.errors[-1]["code"]) == ("failed", "too_many_members")
    assert (Member.objects.count(), Scan.objects.count()) == (2, 1)
