"""Other methods, odd paths and queries, errors of ours: below /api/ all answers are problem documents."""

import pytest
from django.test import Client

from tests.conftest import assert_problem, users_jobs
from tests.test_bad_input import CONVERSATIONS, OPERATIONS, send


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", CONVERSATIONS, "GET, HEAD, POST"),
        ("OPTIONS", CONVERSATIONS, "GET, HEAD, POST"),
        ("TRACE", CONVERSATIONS, "GET, HEAD, POST"),
        ("QUERY", CONVERSATIONS, "GET, HEAD, POST"),
        ("PROPFIND", CONVERSATIONS, "GET, HEAD, POST"),
        ("GET", "/api/chat/messages", "POST"),
        ("DELETE", "/api/chat/messages/bulk", "POST"),
        ("POST", f"{CONVERSATIONS}/1", "GET, HEAD, PATCH, DELETE"),
        ("POST", f"{CONVERSATIONS}/1/messages", "GET, HEAD"),
        ("PATCH", "/api/chat/db-jobs", "GET, HEAD, POST"),
        ("POST", "/api/chat/db-jobs/1", "GET, HEAD, DELETE"),
        ("POST", "/api/schema", "GET, HEAD"),
        ("POST", "/api/docs", "GET, HEAD"),
    ],
)
def test_other_methods_are_refused_and_the_allowed_ones_named(api, alice, method, path, allowed):
    response = send(api(alice), b"{}", f"{path}?unknown=1", method)
    assert_problem(response, 405, "method_not_allowed")
    assert response["Allow"] == allowed


def test_the_method_cant_be_overridden(api, alice, conversation):
    path = f"{CONVERSATIONS}/{conversation.pk}"
    assert api(alice).get(path, HTTP_X_HTTP_METHOD_OVERRIDE="DELETE").status_code == 200
    assert_problem(send(api(alice), b"{}", path, HTTP_X_HTTP_METHOD_OVERRIDE="PATCH"), 405, "method_not_allowed")
    assert not users_jobs().exists()


def test_head_is_get_without_the_body(api, alice, conversation):
    response = api(alice).head(CONVERSATIONS)
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/chat",
        "/api/chat/conversations/",
        "/api//chat/conversations",
        "/api/chat/conversations%00",
        "/api/chat/conversations%0a",
        "/api/./chat/conversations",
        "/api/../api/chat/conversations",
        "/api/%2e%2e/admin/",
        "/api/chat/conversations;x",
        "/api/chat/db-jobs/1/2",
        "/api/" + "x" * 5000,
    ],
)
def test_paths_that_arent_there_are_problems_too(api, alice, path):
    assert_problem(api(alice).get(path), 404, "not_found")
    assert_problem(api(None).post(path, {}), 404, "not_found")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["//api/chat/conversations", "/API/chat/conversations", "/nothing", "/apis"])
def test_other_paths_have_no_html_either(path):
    response = Client().get(path)
    assert (response.status_code, response["Content-Type"]) == (404, "text/plain")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("unknown=1", "unknown"),
        ("format=xml", "format"),
        ("limit=1&limit=2", "limit"),
        ("limit[]=1", "limit[]"),
        ("%00=1", "?"),
        ("%ff=1", "?"),
        ("=1", "body"),
        ("cursor=%00", "cursor"),
        ("cursor=" + "A" * 400, "cursor"),
    ],
)
def test_odd_queries_are_refused(api, alice, query, field):
    assert_problem(api(alice).get(f"{CONVERSATIONS}?{query}"), 400, "invalid_input", field)


@pytest.mark.parametrize(("method", "path"), [*OPERATIONS, ("DELETE", OPERATIONS[-1][1]), ("GET", "/api/schema")])
def test_operations_without_a_query_take_none(api, alice, method, path):
    assert_problem(send(api(alice), b"{}", f"{path}?a=1", method), 400, "invalid_input", "a")


def test_a_query_of_a_thousand_parameters_is_a_bad_request(api, alice):
    assert_problem(api(alice).get(CONVERSATIONS + "?" + "&".join(["a"] * 1001)), 400, "bad_request")


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml", "image/*;q=x", ";;;,\xff", "", "application/json;q=0"]
)
def test_answers_are_json_whatever_is_accepted(api, alice, accept):
    response = api(alice).get(CONVERSATIONS, HTTP_ACCEPT=accept)
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")


def test_a_host_that_isnt_ours_is_a_bad_request(api, alice):
    response = api(alice).get(CONVERSATIONS, HTTP_HOST="evil.example")
    assert_problem(response, 400, "bad_request")


def test_an_error_of_ours_is_a_problem_that_tells_nothing(api, alice, monkeypatch, caplog):
    monkeypatch.setattr("chat.views.Conversation.objects.owned_by", lambda _: 1 / 0)
    client = api(alice)
    client.raise_request_exception = False
    response = client.get(CONVERSATIONS)
    assert_problem(response, 500, "internal_error")
    assert b"ZeroDivisionError" not in response.content
    assert "Request failed" in caplog.text


def test_an_error_outside_the_views_is_a_problem_too(api, alice, monkeypatch):
    monkeypatch.setattr("slimy.middleware._refusal", lambda _: 1 / 0)
    client = api(alice)
    client.raise_request_exception = False
    assert_problem(client.get(CONVERSATIONS), 500, "internal_error")
