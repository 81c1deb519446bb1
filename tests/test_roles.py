"""Who may do what in a guild: every endpoint for everybody."""

import pytest

import clubs.urls
import guilds.urls
from guilds.models import Role
from tests.conftest import GUILD

pytestmark = pytest.mark.django_db

PEOPLE = ("anonymous", "stranger", "member", "club", "admin", "staff", "superuser")
GUILD_PATH = f"/api/guilds/{GUILD}"
CHANNEL = {"channelId": "123456789012345678"}
UPDATE = {"type": "update_guild_settings", "data": {"guildId": GUILD, "patch": {"notes": "x"}}}
CLUB = f"{GUILD_PATH}/club"
SCAN = {"ocrResult": {"rows": [{"name": "Stone", "totalPower": 5}]}}
READ = (401, 403, 200, 200, 200, 403, 200)

MATRIX = [  # method, path, body, and the status for each of PEOPLE
    ("get", "/api/users/me", None, (401, 200, 200, 200, 200, 200, 200)),
    ("get", "/api/guilds", None, (401, 200, 200, 200, 200, 200, 200)),
    ("get", GUILD_PATH, None, (401, 403, 200, 200, 200, 403, 200)),
    ("get", f"{GUILD_PATH}/analytics", None, (401, 403, 200, 200, 200, 403, 200)),
    ("get", f"{GUILD_PATH}/settings", None, (401, 403, 403, 200, 200, 403, 200)),
    ("patch", f"{GUILD_PATH}/settings", {"notes": "x"}, (401, 403, 403, 403, 200, 403, 200)),
    ("put", f"{GUILD_PATH}/settings", {"notes": "x"}, (401, 403, 403, 403, 200, 403, 200)),
    ("post", f"{GUILD_PATH}/settings/screenshot-channel", CHANNEL, (401, 403, 403, 403, 200, 403, 200)),
    ("get", f"{CLUB}/latest", None, READ),
    ("get", f"{CLUB}/movers", None, READ),
    ("get", f"{CLUB}/aggregates", None, READ),
    ("get", f"{CLUB}/members/nobody/history", None, (401, 403, 404, 404, 404, 403, 404)),
    ("get", f"{CLUB}/export.csv", None, READ),
    ("get", f"{CLUB}/export.xlsx", None, READ),
    ("get", f"{CLUB}/export.csv?what=history", None, (401, 403, 403, 200, 200, 403, 200)),
    ("get", f"{CLUB}/export.xlsx?what=history", None, (401, 403, 403, 200, 200, 403, 200)),
    ("post", f"{CLUB}/ingest", SCAN, (401, 403, 403, 202, 202, 403, 202)),
    ("post", f"{CLUB}/screenshots", {}, (401, 403, 403, 415, 415, 403, 415)),
    ("post", f"{CLUB}/rescan", None, (401, 403, 403, 403, 202, 403, 202)),
    ("post", "/api/chat/db-jobs", UPDATE, (401, 403, 403, 403, 202, 403, 202)),
]


@pytest.fixture
def people(db, guild, joined, alice, django_user_model):
    create = django_user_model.objects.create_user
    return {
        "anonymous": None,
        "stranger": alice,
        "member": joined(create("member"), Role.MEMBER),
        "club": joined(create("club"), Role.CLUB),
        "admin": joined(create("admin"), Role.ADMIN),
        "staff": create("staff", is_staff=True),
        "superuser": create("superuser", is_superuser=True),
    }


@pytest.mark.parametrize(("method", "path", "body", "statuses"), MATRIX, ids=[f"{m} {p}" for m, p, *_ in MATRIX])
def test_the_role_decides(people, api, method, path, body, statuses):
    got = [getattr(api(people[who]), method)(path, body, format="json").status_code for who in PEOPLE]
    assert dict(zip(PEOPLE, got, strict=True)) == dict(zip(PEOPLE, statuses, strict=True))


@pytest.mark.parametrize(("method", "path", "body", "statuses"), [row for row in MATRIX if GUILD in row[1]])
def test_a_guild_that_is_not_there_looks_like_one_that_one_is_not_in(people, api, method, path, body, statuses):
    client = api(people["admin"])
    other = getattr(client, method)(path.replace(GUILD, "998877665544332211"), body, format="json")
    assert (other.status_code, other.json()["error"]) == (403, "not_in_guild")
    odd = getattr(client, method)(path.replace(GUILD, "42"), body, format="json")
    assert (odd.status_code, odd.json()["error"]) == (404, "guild_not_found")
    nobody = getattr(api(people["superuser"]), method)(path.replace(GUILD, "998877665544332211"), body, format="json")
    assert nobody.status_code == 404


def test_every_path_of_a_guild_is_in_the_matrix():
    patterns = [str(pattern.pattern) for pattern in (*guilds.urls.urlpatterns, *clubs.urls.urlpatterns)]
    paths = {f"/api/{path}".replace("<str:guild_id>", GUILD).replace("<str:key>", "nobody") for path in patterns}
    assert paths <= {path for _, path, *_ in MATRIX}
