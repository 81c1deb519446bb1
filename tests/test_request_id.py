"""`X-Request-ID`: one name for a request in the answer, the logs and the ledger."""

import re

import pytest
from django.test import Client

from slimy.jobs.models import Job
from tests.conftest import users_jobs

PATH = "/api/chat/conversations"


@pytest.mark.usefixtures("rings")
def test_the_clients_id_is_returned_and_stored_on_the_job(api, alice):
    response = api(alice).post(PATH, {}, HTTP_X_REQUEST_ID="web-1.2:3_4")
    assert response["X-Request-ID"] == "web-1.2:3_4"
    assert users_jobs().get().request_id == "web-1.2:3_4"


@pytest.mark.usefixtures("rings")
def test_one_is_made_up_where_none_was_sent(api, alice):
    first, second = (api(alice).post(PATH, {})["X-Request-ID"] for _ in range(2))
    assert re.fullmatch("[0-9a-f]{32}", first)
    assert first != second
    assert Job.objects.order_by("number").first().request_id == first


@pytest.mark.parametrize(
    "odd", ["", " ", "a b", "a\r\nSet-Cookie: x=1", "a\n", "<script>", "x" * 65, "\xff", "a,b", "%0d%0a", "a\0"]
)
def test_an_odd_one_is_replaced(api, alice, odd):
    response = api(alice).get(PATH, HTTP_X_REQUEST_ID=odd)
    assert response.status_code == 200
    assert re.fullmatch("[0-9a-f]{32}", response["X-Request-ID"])
    assert "Set-Cookie" not in response


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/nothing", PATH, "/nothing", "/health/live", "/admin/", "/api/schema"])
def test_every_answer_has_one(path):
    assert Client().get(path, HTTP_X_REQUEST_ID="abc")["X-Request-ID"] == "abc"


@pytest.mark.usefixtures("rings")
def test_the_worker_logs_it(api, alice, work, caplog):
    api(alice).post(PATH, {}, HTTP_X_REQUEST_ID="follow-me")
    caplog.clear()
    work()
    finished = [record.msg for record in caplog.records if record.msg.get("action") == "job_finished"]
    assert {facts["request_id"] for facts in finished} == {"follow-me"}


def test_the_log_of_a_request_names_request_and_user(api, alice, monkeypatch, caplog):
    monkeypatch.setattr("chat.views.Conversation.objects.owned_by", lambda _: 1 / 0)
    client = api(alice)
    client.raise_request_exception = False
    client.get(PATH, HTTP_X_REQUEST_ID="follow-me")
    facts = next(record.msg for record in caplog.records if getattr(record.msg, "get", dict)("event"))
    assert (facts["request_id"], facts["user_id"]) == ("follow-me", alice.pk)
