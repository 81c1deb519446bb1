"""What gunicorn refuses before Django sees it is a problem document, too; slimy/wsgi.py loads this page."""

import json
import socket
from http import HTTPStatus

from gunicorn import util


def write_problem(sock: socket.socket, status_int: int, reason: str, mesg: str) -> None:
    """Answer a request that isn't HTTP as it should be, and close. Stands in for gunicorn's page in HTML."""
    ours = status_int == HTTPStatus.INTERNAL_SERVER_ERROR
    document = {
        "type": "about:blank",
        "title": reason,
        "status": status_int,
        "detail": "Something went wrong on our side." if ours else mesg or reason,
        "error": "internal_error" if ours else "bad_request",
        "requestId": None,
    }
    body = json.dumps(document).encode()
    head = (
        f"HTTP/1.1 {status_int} {reason}\r\nConnection: close\r\n"
        f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    util.write_nonblock(sock, head.encode("latin-1") + body)


def speak_json() -> None:
    """Have this process's gunicorn answer as the API does."""
    util.write_error = write_problem
