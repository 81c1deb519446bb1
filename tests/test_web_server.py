"""A real web server and raw sockets: what no test client can send."""

import json
import re
import socket
import subprocess

import psutil
import pytest
from knox.models import AuthToken

from slimy.stack import ports, web
from tests.conftest import ROOT, wait_until, worker_environment
from tests.web import is_live, serving

PATH = b"/api/chat/conversations"
HEAD = b"GET " + PATH + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
POST = b"POST " + PATH + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="session")
def port(django_db_setup, django_db_blocker):
    """The port of a web server on the test's database."""
    with django_db_blocker.unblock(), serving() as port:
        yield port


@pytest.fixture
def talk(port):
    """`talk(request)` sends these bytes and returns status, headers and body of the first answer, and the rest; it
    waits until the server closes.
    """

    def send(request):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            client.sendall(request)
            received = b"".join(iter(lambda: client.recv(65536), b""))
        head, _, rest = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        return int(first.split()[1]), headers, rest

    return send


def assert_refused(answer, *statuses):
    """By the server itself, which says no more than that, and closes."""
    status, headers, body = answer
    assert status in statuses
    assert headers["connection"] == "close"
    assert body == b""


def assert_problem(answer, status, code):
    assert answer[0] == status, answer
    assert answer[1]["content-type"] == "application/problem+json"
    assert json.loads(answer[2])["error"] == code


@pytest.mark.parametrize("length", ["-1", "+2", "two", "0x2", "2, 2", "2\r\nContent-Length: 3", "²", "9" * 30])
def test_a_length_that_is_none_is_refused(talk, length):
    assert_refused(talk(POST + b"Content-Length: " + length.encode() + b"\r\n\r\n{}"), 400)


def test_a_length_and_chunks_are_refused(talk):
    both = b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    assert_problem(talk(POST + both), 411, "length_required")


@pytest.mark.parametrize("length", ["1048577", "9" * 18])
def test_a_body_that_is_too_large_is_refused_before_it_is_sent(talk, length):
    assert_problem(talk(POST + f"Content-Length: {length}\r\n\r\n".encode()), 413, "body_too_large")


@pytest.mark.parametrize("method", [b"POST", b"GET", b"DELETE"])
def test_a_body_in_chunks_is_refused(talk, method):
    request = POST.replace(b"POST", method) + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    assert_problem(talk(request), 411, "length_required")


@pytest.mark.parametrize(
    "header",
    [
        b"X-Request-ID: a\r\n folded: b",
        b"X-Request-ID: a\0b",
        b"Authorization: Bearer a\0b",
        b"Idempotency-Key: a\0",
        b"no colon",
        b"Bad Name: x",
    ],
)
def test_a_header_that_is_none_is_refused(talk, header):
    assert_refused(talk(HEAD + header + b"\r\n\r\n"), 400)


def test_another_host_is_refused(talk):
    assert_problem(talk(HEAD.replace(b"localhost", b"evil.example") + b"\r\n"), 400, "bad_request")


@pytest.mark.parametrize(
    ("request_line", "status"),
    [(b"\x00\x01\x02", 400), (b"GET " + PATH + b" HTTP/9.9", 400), (b"GET /" + b"a" * 70_000 + b" HTTP/1.1", 414)],
)
def test_a_request_line_that_is_none_is_refused(talk, request_line, status):
    assert_refused(talk(request_line + b"\r\nHost: localhost\r\n\r\n"), status)


def test_too_many_headers_are_refused(talk):
    assert_refused(talk(HEAD + b"X: 1\r\n" * 200 + b"\r\n"), 431)


def test_too_long_headers_are_refused(talk):
    assert_refused(talk(HEAD + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n"), 431)


@pytest.mark.parametrize("codec", ["hex", "punycode", "idna", "base64", "undefined", "utf-16"])
def test_a_codec_that_is_none_for_text_is_refused(talk, codec):
    request = HEAD.replace(PATH, PATH + b"?limit=1") + f"Content-Type: a/b; charset={codec}\r\n\r\n".encode()
    assert_problem(talk(request), 415, "unsupported_media_type")


@pytest.mark.parametrize("token", [b"\xff\xfe", b"a" * 8000, "١٢".encode(), b"a b"])
def test_an_odd_token_is_refused(talk, token):
    assert_problem(talk(HEAD + b"Authorization: Bearer " + token + b"\r\n\r\n"), 401, "unauthorized")


@pytest.mark.parametrize("path", [b"/api/%00", b"/api/%ff", b"/api/../admin/", b"/api/#x"])
def test_an_odd_path_is_not_found(talk, path):
    assert_problem(talk(HEAD.replace(PATH, path) + b"\r\n"), 404, "not_found")


def test_no_header_gets_into_the_answer(talk):
    for value in (b"a\rSet-Cookie: x=1", b"a\nSet-Cookie: x=1", b"a%0d%0aSet-Cookie: x=1"):
        status, headers, _ = talk(HEAD + b"X-Request-ID: " + value + b"\r\n\r\n")
        assert status in (400, 401)
        assert "set-cookie" not in headers
        assert re.fullmatch("a|[0-9a-f]{32}", headers.get("x-request-id", "a"))


@pytest.mark.django_db(transaction=True)
def test_head_sends_no_body_that_the_next_answer_would_be_read_into(talk, alice):
    token = AuthToken.objects.create(user=alice)[1].encode()
    first = b"HEAD " + PATH + b" HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + b"\r\n\r\n"
    status, headers, rest = talk(first + HEAD.replace(PATH, b"/health/live") + b"\r\n")
    assert status == 200
    assert int(headers["content-length"]) > 0
    assert rest.startswith(b"HTTP/1.1 200")


@pytest.mark.django_db(transaction=True)
def test_what_follows_a_refused_body_is_no_request(talk):
    smuggled = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
    body = b" " * (1_100_000 - len(smuggled)) + smuggled
    keep_alive = POST.replace(b"Connection: close\r\n", b"")
    answer = talk(keep_alive + b"Content-Length: 1100000\r\n\r\n" + body)
    assert_problem(answer, 413, "body_too_large")


def test_when_the_first_process_is_killed_the_others_end(django_db_setup):
    with ports.reserved() as reserved:
        command = web.command(reserved, processes=2, threads=1)
        first = subprocess.Popen(command, cwd=ROOT, env=worker_environment(), start_new_session=True)
        try:
            wait_until(lambda: len(psutil.Process(first.pid).children()) == 2 and is_live(reserved.getsockname()), 30)
            others = psutil.Process(first.pid).children()
        finally:
            first.kill()
            first.wait()
        _, alive = psutil.wait_procs(others, 10)
    assert alive == []
