"""A club through a real web server: streamed files, paths in any script, and HEAD."""

from urllib.parse import quote

import pytest
from knox.models import AuthToken

from clubs.standings import recompute
from guilds.models import Role
from tests.club import measure, new_member, on_day
from tests.conftest import GUILD
from tests.test_web_server import port, talk  # noqa: F401  fixtures

pytestmark = pytest.mark.django_db(transaction=True)

CLUB = f"/api/guilds/{GUILD}/club"


@pytest.fixture
def ask(talk, guild, alice, joined):  # noqa: F811
    """`ask("GET", "/export.csv")` as a keeper of a club of one member with a name in Chinese."""
    member = new_member(guild, "爱丽丝")
    for day in range(600):
        measure(member, on_day(day), total=day)
    recompute(GUILD)
    token = AuthToken.objects.create(user=joined(alice, Role.CLUB))[1]

    def send(method, path):
        head = (
            f"{method} {CLUB}{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}"
        )
        return talk(f"{head}\r\n\r\n".encode())

    return send


def test_a_history_is_sent_in_pieces(ask):
    status, headers, body = ask("GET", "/export.csv?what=history")
    assert (status, headers["transfer-encoding"], headers["cache-control"]) == (200, "chunked", "no-store")
    assert body.count("爱丽丝,爱丽丝,".encode()) == 600
    assert body.endswith(b"\r\n0\r\n\r\n")


def test_a_member_is_found_by_a_path_in_any_script(ask):
    status, _, body = ask("GET", f"/members/{quote('爱丽丝')}/history?limit=1")
    assert (status, b'"totalPower":599' in body) == (200, True)
    assert ask("GET", "/members/%ff%fe/history")[0] == 404
    assert ask("GET", "/members/%00/history")[0] == 404


@pytest.mark.parametrize("path", ["/latest", "/export.csv", "/export.csv?what=history", "/export.xlsx"])
def test_head_sends_no_body(ask, path):
    status, _, body = ask("HEAD", path)
    assert (status, body) == (200, b"")
