"""Whatever is sent: below /api/ the answer is a problem document whose status tells the truth, nothing is written."""

import json

import pytest

from tests.conftest import assert_problem, users_jobs

CONVERSATIONS = "/api/chat/conversations"
OPERATIONS = [
    ("POST", CONVERSATIONS),
    ("POST", "/api/chat/messages"),
    ("POST", "/api/chat/messages/bulk"),
    ("POST", "/api/chat/db-jobs"),
    ("PATCH", f"{CONVERSATIONS}/01a208f2-79bf-708c-ab1c-4e0138b27d4e"),
]


def send(client, body, path=CONVERSATIONS, method="POST", content_type="application/json", **more):
    return client.generic(method, path, body, content_type=content_type, **more)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{} {}",
        b"{'title': 1}",
        b'{"title": NaN}',
        b'{"title": Infinity}',
        b'{"title": 1e400}',
        b'{"title": -1e400}',
        b'{"title": "a", "title": "b"}',
        b'{"title": "a\x00b"}',
        b'{"title": "\xff"}',
        b"\xef\xbb\xbf{}",
        '{"title": "x"}'.encode("utf-16"),
        b"\x80",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
        b'{"title":' + b"[" * 33 + b"]" * 33 + b"}",
        b'{"title": ' + b"9" * 5_000 + b"}",
    ],
    ids=lambda body: repr(body[:16]),
)
def test_what_isnt_strict_json_is_refused(api, alice, body):
    client = api(alice)
    for method, path in OPERATIONS:
        assert_problem(send(client, body, path, method), 400, "invalid_json")
    assert not users_jobs().exists()


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b'"text"',
        b"12345678901234567890",
        b"true",
        b'{"\\ud800": 1}',
        b'{"\\u0000": 1}',
        b'{"__proto__": {}}',
        b'{"title": "\\ud800"}',
        b'{"title": 12345678901234567890}',
        b'{"title": ' + b"[" * 30 + b"]" * 30 + b"}",
        json.dumps({str(number): 1 for number in range(20_000)}).encode(),
    ],
    ids=lambda body: repr(body[:16]),
)
def test_json_of_the_wrong_shape_is_refused_and_the_field_named(api, alice, body):
    client = api(alice)
    for method, path in OPERATIONS:
        response = send(client, body, path, method)
        assert_problem(response, 400, "invalid_input", *response.json()["details"])
        assert response.json()["details"]
        assert len(response.content) < 4000
    assert not users_jobs().exists()


@pytest.mark.parametrize("depth", [100, 500, 900, 950, 990, 1000, 1100, 3000])
def test_no_depth_of_nesting_is_an_error_of_ours(api, alice, depth):
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        body = f'{{"type": "zoo", "data": {{"how": {opening * depth}1{closing * depth}}}}}'
        assert_problem(send(api(alice), body, "/api/chat/db-jobs"), 400, "invalid_json")


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/html",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/xml",
        "application/*",
        "*/*",
        "application/json, text/plain",
        "application/merge-patch+json",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        ";",
        "\xff",
    ],
)
def test_other_content_types_are_refused(api, alice, content_type):
    client = api(alice)
    for method, path in OPERATIONS:
        assert_problem(send(client, b"{}", path, method, content_type), 415, "unsupported_media_type")
    assert not users_jobs().exists()


@pytest.mark.usefixtures("rings")
@pytest.mark.parametrize(
    "content_type", ["application/json;charset=UTF-8", "APPLICATION/JSON", "application/json; a=b"]
)
def test_json_may_be_called_so_in_other_ways(api, alice, content_type):
    assert send(api(alice), b"{}", content_type=content_type).status_code == 202


@pytest.mark.usefixtures("rings")
def test_a_body_may_have_1_mib(api, alice):
    body = b" " * (1024 * 1024 - 2) + b"{}"
    assert send(api(alice), body).status_code == 202
    assert_problem(send(api(alice), b" " + body), 413, "body_too_large")


@pytest.mark.parametrize(
    ("length", "status", "code"),
    [
        ("9" * 30, 413, "body_too_large"),
        ("-1", 400, "bad_request"),
        ("+2", 400, "bad_request"),
        ("two", 400, "bad_request"),
        ("²", 400, "bad_request"),
        ("2, 2", 400, "bad_request"),
    ],
)
def test_odd_lengths_are_refused(api, alice, length, status, code):
    assert_problem(send(api(alice), b"{}", CONTENT_LENGTH=length), status, code)


@pytest.mark.parametrize("path", [CONVERSATIONS, "/api/nothing", "/api/schema"])
def test_a_body_of_unknown_length_is_refused(api, alice, path):
    response = api(alice).post(path, HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH="")
    assert_problem(response, 411, "length_required")


def test_a_body_that_is_too_large_is_refused_before_anybody_is_asked(api):
    assert_problem(send(api(None), b"x" * 1_100_000), 413, "body_too_large")
