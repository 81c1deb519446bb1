"""Every answer that docs/openapi.yaml documents of clubs is given, and is as documented."""

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from guilds.models import Role
from tests.club import measure, new_member, on_day
from tests.conftest import GUILD
from tests.contract import document, operations
from tests.screenshots.drawn import as_file, scan
from tests.test_club_access import OTHER, SCAN, observed
from tests.test_documented_answers import Explorer, refusals

CLUB = "/api/guilds/{guild_id}/club"
HISTORY = f"{CLUB}/members/{{key}}/history"
READS = [f"{CLUB}/{what}" for what in ("latest", "movers", "aggregates", "export.csv", "export.xlsx")]
WRITES = [f"{CLUB}/ingest", f"{CLUB}/rescan"]
SCREENSHOTS = f"{CLUB}/screenshots"
HERE, THERE, NOWHERE = {"guild_id": GUILD}, {"guild_id": OTHER}, {"guild_id": "42"}


@pytest.mark.usefixtures("rings", "recorded_engine")
def test_every_answer_that_clubs_document_is_given(guild, alice, joined, api, work, monkeypatch):
    explorer = Explorer(api(joined(alice, Role.ADMIN)))
    observed(guild, ["Stone", "Café"])
    measure(new_member(guild, "Sim only"), on_day(0), sim=1)
    reading(explorer)
    writing(explorer)
    uploading(explorer, monkeypatch)
    work()
    waiting(explorer, work, monkeypatch)
    club = [(method, path, operation) for method, path, operation in operations() if path.startswith(CLUB)]
    for method, path, _ in club:
        refusals(explorer, method, path, alice, monkeypatch)
    documented = {(method, path, status) for method, path, operation in club for status in operation["responses"]}
    assert documented - explorer.seen == set()
    assert {path for _, path, _ in club} == {*READS, HISTORY, *WRITES, SCREENSHOTS}


def reading(explorer):
    for path in READS:
        explorer.ask("GET", path, 200, **HERE)
        explorer.ask("GET", path, 403, **THERE)
        explorer.ask("GET", path, 404, **NOWHERE)
    explorer.ask("GET", f"{CLUB}/latest", 200, query="?limit=1&left=include", **HERE)
    explorer.ask("GET", HISTORY, 200, key="stone", **HERE)
    explorer.ask("GET", HISTORY, 200, key="stone", query="?limit=1", **HERE)
    explorer.ask("GET", HISTORY, 403, key="stone", **THERE)
    explorer.ask("GET", HISTORY, 404, key="nobody", **HERE)


def writing(explorer):
    once = HERE | {"HTTP_IDEMPOTENCY_KEY": "once"}
    for path in WRITES:
        explorer.ask("POST", path, 202, SCAN, **HERE)
        explorer.ask("POST", path, 403, SCAN, **THERE)
        explorer.ask("POST", path, 404, SCAN, **NOWHERE)
    explorer.ask("POST", WRITES[0], 202, SCAN, **once)
    for path in WRITES:
        explorer.ask("POST", path, 422, SCAN | {"complete": True}, **once)


def form(mark=1, **fields):
    """A body with a screenshot, which isn't JSON."""
    picture = SimpleUploadedFile("a.png", as_file(scan()[1][mark - 1]), "image/png")
    return encode_multipart(BOUNDARY, {"pictures": [picture], **fields})


def uploading(explorer, monkeypatch):
    once = HERE | {"HTTP_IDEMPOTENCY_KEY": "pictures"}
    for where, status in ((HERE, 202), (THERE, 403), (NOWHERE, 404)):
        explorer.ask("POST", SCREENSHOTS, status, form(), content_type=MULTIPART_CONTENT, **where)
    explorer.ask("POST", SCREENSHOTS, 202, form(), content_type=MULTIPART_CONTENT, **once)
    explorer.ask("POST", SCREENSHOTS, 422, form(hold="true"), content_type=MULTIPART_CONTENT, **once)
    explorer.ask("POST", SCREENSHOTS, 400, form(hold="x"), content_type=MULTIPART_CONTENT, **HERE)
    with monkeypatch.context() as patch:
        patch.setitem(settings.SCREENSHOTS, "QUOTA_MB", 0)
        explorer.ask("POST", SCREENSHOTS, 409, form(mark=2), content_type=MULTIPART_CONTENT, **HERE)
        patch.setitem(settings.OCR, "INSTALLED", False)
        explorer.ask("POST", SCREENSHOTS, 501, form(mark=2), content_type=MULTIPART_CONTENT, **HERE)


def waiting(explorer, work, monkeypatch):
    """200 with the finished job, whose result is as documented."""

    def wait_for(job, seconds):
        work()
        job.refresh_from_db()
        assert job.status == "completed", job.errors
        return True

    with monkeypatch.context() as patch:
        patch.setattr("slimy.jobs.views.wait_for", wait_for)
        for path in WRITES:
            explorer.ask("POST", path, 200, SCAN, HTTP_PREFER="wait=5", **HERE)
        more = HERE | {"HTTP_PREFER": "wait=5", "content_type": MULTIPART_CONTENT}
        explorer.ask("POST", SCREENSHOTS, 200, form(), **more)


def test_examples_of_scans_are_valid_and_read(guild, alice, joined, api, rings, work):
    client = api(joined(alice, Role.CLUB))
    examples = document()["paths"][f"{CLUB}/ingest"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    for example in examples.values():
        accepted = client.post(f"/api/guilds/{GUILD}/club/ingest", example["value"])
        assert accepted.status_code == 202, accepted.content
        work()
        result = client.get(accepted["Location"]).json()["result"]
        assert (result["status"], result["errorCount"]) == ("ingested", 0), result
        assert result["membersProcessed"] > 0
