"""What `make load` sees and judges, without its servers: a lost job or an error is never a good run."""

import json
import socket
import threading
from collections import Counter

import pytest

from tests.load.clients import Crowd
from tests.load.profile import SHARES, Client
from tests.load.report import HEADS, Outcome, markdown, table

JOB = {"jobId": "01a208f2-79bf-708c-ab1c-4e0138b27d4e", "jobType": "save_message"}
ACCEPTED = ("202 Accepted", JOB)
SHOWN = ("200 OK", {"ok": True})


def client(number=0):
    return Client(number, "token", JOB["jobId"], "112233445566778899", [])


def outcome(**changed):
    good = {
        "seconds": 1,
        "clients": 1,
        "pause": 1,
        "answers": [("GET /a", "200", 5.0), ("GET /a", "429", 1.0), ("POST /b", "202", 9.0)],
        "failures": [],
        "reconnected": 0,
        "accepted": {"1": "save_message", "2": "ingest_club_metrics"},
        "ends": {"1": "completed", "2": "failed"},
    }
    return Outcome(**good | changed)


def test_a_run_in_which_everything_ends_is_good():
    assert outcome().complaints == []


@pytest.mark.parametrize(
    "changed",
    [
        {"failures": ["GET /a: 500 oh"]},
        {"ends": {"1": "completed", "2": "queued"}},
        {"ends": {"1": "completed", "2": "active"}},
        {"ends": {"1": "completed"}},
        {"odd_messages": 1},
        {"answers": [("GET /a", "429", 1.0)]},
        {"accepted": {}},
    ],
)
def test_anything_else_is_not(changed):
    assert len(outcome(**changed).complaints) == 1


def test_the_table_has_a_row_for_each_route_and_one_for_all():
    rows = table(outcome(failures=["GET /a: 500 oh"]))
    assert rows == [
        HEADS,
        ("`GET /a`", "2", "5", "5", "5", "5", "1", "1"),
        ("`POST /b`", "1", "9", "9", "9", "9", "0", "0"),
        ("all", "3", "5", "9", "9", "9", "1", "1"),
    ]
    assert "- lost: 0" in markdown(outcome())
    assert "- lost: 1" in markdown(outcome(ends={"1": "completed"}))


def test_the_profile_is_that_of_the_page():
    asked = client()
    asked.jobs.append(JOB["jobId"])
    kinds = Counter(asked.next_request()[0] for _ in range(20_000))
    for kind, share in SHARES.items():
        assert kinds[kind] / 200 == pytest.approx(share, abs=1.5)


@pytest.fixture
def server():
    """`server(answers)` gives each request the next answer; None hangs up. Returns the port and the requests."""
    listener = socket.create_server(("127.0.0.1", 0))
    requests = []

    def serve(answers):
        while answers:
            try:
                line, _ = listener.accept()
            except OSError:
                return  # the test is over
            with line:
                while answers and (request := line.recv(65536)):
                    requests.append(request)
                    if (answer := answers.pop(0)) is None:
                        break
                    status, body = answer
                    text = json.dumps(body)
                    line.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode())

    def start(*answers):
        threading.Thread(target=serve, args=(list(answers),), daemon=True).start()
        return listener.getsockname()[1], requests

    yield start
    listener.close()


def ran(port, seconds=0.3):
    crowd = Crowd(port, 0.02)
    crowd.run([client()], seconds)
    return crowd


def test_what_a_202_promises_is_remembered_and_polled(server):
    port, requests = server(ACCEPTED, *[SHOWN] * 200)
    crowd = ran(port)
    assert crowd.jobs == {JOB["jobId"]: "save_message"}
    assert any(request.startswith(b"GET /api/chat/db-jobs/" + JOB["jobId"].encode()) for request in requests)
    assert not crowd.failures


def test_a_connection_that_was_closed_while_idle_is_made_anew_and_the_request_repeated(server):
    port, requests = server(ACCEPTED, None, *[SHOWN] * 200)
    crowd = ran(port)
    assert (crowd.reconnected, crowd.failures) == (1, [])
    assert requests[1] == requests[2]


def test_errors_of_the_server_and_one_that_goes_away_are_failures(server):
    port, _ = server(("500 Oh", {"error": "internal_error"}), None, None, ("429 Slow", {}), *[SHOWN] * 200)
    crowd = ran(port)
    assert [line.partition(": ")[2][:15] for line in crowd.failures] == ['500 {"error": "', "ConnectionError"]
    assert "429" in {status for _, status, _ in crowd.answers}
