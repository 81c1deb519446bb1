"""Every operation with everything that it doesn't take: the answer names what is wrong, and nothing happens."""

import re

import pytest
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from chat.models import Conversation
from guilds.models import Role
from tests import contract, routes
from tests.bad_rows import BODIES, CURSORS, DATES, HEADERS, ID, IDS, KEYS, LIMITS, QUERIES, VERSIONS
from tests.conftest import GUILD, assert_problem, users_jobs
from tests.rights import DOORS
from tests.test_club_access import observed
from tests.test_documented_club_answers import form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("recorded_engine")]
EVERY = contract.operations()
FORMS = {(method, path) for method, path, operation in EVERY if "multipart/form-data" in str(operation)}
GOOD = {"conversation_id": ID, "guild_id": GUILD, "key": "stone", "job_id": ID}


def named(rows):
    return [pytest.param(*row, id=" ".join(map(str, row[:2]))) for row in rows]


@pytest.fixture
def client(api, alice, guild, joined):
    """Alice's, who may do everything here."""
    Conversation.objects.create(pk=ID, owner=alice)
    observed(guild)
    return api(joined(alice, Role.ADMIN))


def ask(client, method, path, body=None, query="", **more):
    if (method, path) in FORMS and body is not None:
        content = body if isinstance(body, bytes) else encode_multipart(BOUNDARY, body)
        return client.generic(method, path.format(**GOOD) + query, content, content_type=MULTIPART_CONTENT, **more)
    if body is None:
        return client.generic(method, path.format(**GOOD) + query, b"{}", content_type="application/json", **more)
    return getattr(client, method.lower())(path.format(**GOOD) + query, body, format="json", **more)


def parameters(place):
    """(method, path, name) of all parameters in this place."""
    return [
        (method, path, parameter["name"])
        for method, path, operation in EVERY
        for parameter in operation["parameters"]
        if parameter["in"] == place
    ]


@pytest.mark.parametrize(("method", "path"), named(BODIES))
def test_bodies(client, method, path):
    for body, fields in BODIES[method, path]:
        if (method, path) in FORMS and "pictures" not in fields:
            body = form(**body)  # noqa: PLW2901
        assert_problem(ask(client, method, path, body), 400, "invalid_input", *fields)
    assert not users_jobs().exists()


@pytest.mark.parametrize(("method", "path", "name"), named(parameters("query")))
def test_queries(client, method, path, name):
    common = {"cursor": CURSORS, "limit": LIMITS}
    for value in common.get(name) or QUERIES[method, path][name]:
        response = ask(client, method, path, query=f"?{name}={value}")
        assert_problem(response, 400, "invalid_input", name)
    assert_problem(ask(client, method, path, query=f"?{name}=1&{name}=1"), 400, "invalid_input", name)


@pytest.mark.parametrize(("method", "path", "name"), named(parameters("path")))
def test_ids(client, method, path, name):
    body = next(door.body for door in DOORS if (door.method, door.path) == (method, path))
    values, codes = IDS[name]
    for value in values:
        where = path.replace(f"{{{name}}}", value.replace("{", "{{").replace("}", "}}"))
        if callable(body):
            response = client.generic(method, where, body(), content_type=MULTIPART_CONTENT)
        else:
            response = ask(client, method, where, body)
        answer = assert_problem(response, 404, response.json()["error"])
        assert answer["error"] in codes | {"not_found"}, f"{value}: {answer}"
    assert not users_jobs().exists()


@pytest.mark.parametrize(("method", "path", "_"), named(EVERY))
def test_headers(client, method, path, _):
    for name, (values, refusal) in HEADERS.items():
        for value in values:
            response = ask(
                Client() if refusal else client, method, path, **{"HTTP_" + name.upper().replace("-", "_"): value}
            )
            if refusal:
                assert_problem(response, *refusal)
            assert response.status_code < 500, f"{name}: {value!r}"
            assert re.fullmatch("[A-Za-z0-9._:-]{1,64}", response["X-Request-ID"])


@pytest.mark.parametrize(("method", "path", "name"), named(parameters("header")))
def test_headers_of_some(client, method, path, name):
    values, status, code = {
        "Idempotency-Key": (KEYS, 400, "invalid_input"),
        "If-Match": (VERSIONS, None, None),
        "If-Unmodified-Since": (DATES, None, None),
    }.get(name, ((), None, None))
    for value in values:
        response = ask(client, method, path, **{"HTTP_" + name.upper().replace("-", "_"): value})
        assert response.status_code == status or (status is None and response.status_code < 500), value
        assert code in (None, response.json()["error"])
    assert name != "Idempotency-Key" or not users_jobs().exists()


class TestTheTable:
    def test_has_bodies_of_every_operation_that_takes_one(self):
        takers = {(method, path) for method, path, operation in EVERY if "requestBody" in operation}
        assert takers == set(BODIES)
        assert all(BODIES.values())

    def test_has_values_for_every_parameter_of_a_query(self):
        own = {row for row in parameters("query") if row[2] not in ("cursor", "limit")}
        assert own == {(*operation, name) for operation, names in QUERIES.items() for name in names}

    def test_knows_every_name_in_a_path(self):
        assert {name for _, path in routes.operations() for name in re.findall(r"{(\w+)}", path)} == set(IDS)

    def test_knows_every_header(self):
        known = {*HEADERS, "Idempotency-Key", "If-Match", "If-Unmodified-Since"}
        assert {name for _, _, name in parameters("header")} <= known
