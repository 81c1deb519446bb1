"""docs/openapi.yaml is what the code says."""

import re
import subprocess
import sys

import jsonschema
import pytest
from django.contrib.staticfiles.finders import find
from django.test import Client

from tests.conftest import ROOT, worker_environment
from tests.contract import ALL, COMMITTED, assert_valid, document, operations

CONVERSATIONS = "/api/chat/conversations"
CONVERSATION = "/api/chat/conversations/{conversation_id}"
MESSAGE = "/api/chat/messages"
BULK = "/api/chat/messages/bulk"
JOBS = "/api/chat/db-jobs"
SCANS = "/api/guilds/{guild_id}/club/ingest"


def test_the_committed_document_is_what_the_code_says():
    command = [sys.executable, "manage.py", "spectacular", "--validate", "--fail-on-warn"]
    env = worker_environment() | {"DJANGO_SETTINGS_MODULE": "slimy.settings"}  # without the jobs of the zoo
    made = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr[-2000:]
    hint = "make it anew: python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml"
    assert made.stdout.strip() == COMMITTED.read_text().strip(), hint


class TestTheDocument:
    def test_is_openapi_3_1(self):
        assert document()["openapi"].startswith("3.1")

    @pytest.mark.parametrize("name", document()["components"]["schemas"])
    def test_holds_valid_json_schemas(self, name):
        jsonschema.Draft202012Validator.check_schema(document()["components"]["schemas"][name])

    def test_names_both_ways_to_sign_in(self):
        schemes = document()["components"]["securitySchemes"]
        assert (schemes["bearer"]["scheme"], schemes["session"]["name"]) == ("bearer", "sessionid")

    @pytest.mark.parametrize(("method", "path"), ALL)
    def test_says_of_every_operation_what_is_common(self, method, path):
        operation = document()["paths"][path][method.lower()]
        assert operation["summary"].endswith(".")
        assert {"bearer": []} in operation["security"]
        assert {"400", "401", "429", "503"} <= set(operation["responses"])
        for status, answer in operation["responses"].items():
            assert answer["description"]
            assert "X-Request-ID" in answer["headers"]
            assert ("application/problem+json" in answer["content"]) == (status >= "400")

    def test_names_every_operation_once(self):
        names = [operation["operationId"] for _, _, operation in operations()]
        assert len(names) == len(set(names))

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("post", CONVERSATIONS),
            ("patch", CONVERSATION),
            ("post", MESSAGE),
            ("post", BULK),
            ("post", JOBS),
            ("post", SCANS),
        ],
    )
    def test_has_examples_that_are_valid(self, method, path):
        body = document()["paths"][path][method]["requestBody"]["content"]["application/json"]
        assert body["examples"]
        for example in body["examples"].values():
            assert_valid(example["value"], body["schema"])

    def test_has_the_payload_of_every_type_of_job(self):
        body = document()["paths"][JOBS]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert_valid({"type": "create_conversation", "data": {"title": "Sim power"}}, body)
        for wrong in (
            {"type": "create_conversation", "data": {"limit": 5}},
            {"type": "nothing", "data": {}},
            {"type": "get_conversations", "data": {"limit": 5}, "owner": 1},
        ):
            with pytest.raises(jsonschema.ValidationError):
                assert_valid(wrong, body)

    def test_is_served_to_anybody(self):
        response = Client().get("/api/schema")
        assert response["Content-Type"] == "application/vnd.oai.openapi+json"
        assert response.json()["openapi"] == document()["openapi"]


@pytest.mark.django_db
def test_the_page_to_try_it_out_needs_nothing_from_outside():
    page = Client().get("/api/docs").content.decode()
    files = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(files) == 5
    for file in files[:-1]:
        assert find(file.removeprefix("/static/")), file
    script = Client().get(files[-1]).content.decode()
    assert "http:" not in page + script
    assert "https:" not in page + script
    assert 'url: "/api/schema"' in script.replace("\\u002D", "-")
