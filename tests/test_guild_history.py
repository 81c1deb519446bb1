"""What is said in the rooms of guilds: who may say it, who may read it."""

import pytest

from chat.models import GuildMessage
from guilds.models import Guild, Membership, Role
from slimy.jobs.models import Job
from tests.conftest import GUILD, assert_problem

HISTORY, MESSAGES = f"/api/chat/{GUILD}/history", f"/api/chat/{GUILD}/messages"
GLOBAL = "/api/chat/admin-global"
pytestmark = pytest.mark.usefixtures("rings")


@pytest.fixture
def admin(alice, joined):
    return joined(alice, Role.ADMIN)


@pytest.fixture
def officer(bob, joined):
    return joined(bob, Role.CLUB)


@pytest.fixture
def member(charlie, joined):
    return joined(charlie, Role.MEMBER)


def say(user, content, number, **more):
    return GuildMessage.objects.create(guild_id=GUILD, author=user, content=content, position=number, **more)


def contents(response):
    assert response.status_code == 200, response.content
    return [message["content"] for message in response.json()["messages"]]


def test_what_an_officer_says_is_read_by_officers_and_admins(api, admin, officer, work):
    accepted = api(officer).post(MESSAGES, {"content": "Feed the snails."})
    assert (accepted.status_code, accepted.json()["jobType"]) == (202, "save_guild_message")
    work()
    saved = api(officer).get(accepted["Location"]).json()["result"]["messageId"]
    for reader in (officer, admin):
        (message,) = api(reader).get(HISTORY).json()["messages"]
        assert message.pop("createdAt").endswith("Z")
        assert message == {
            "id": saved,
            "guildId": GUILD,
            "author": {"name": "bob", "role": "club", "color": "#b7791f"},
            "content": "Feed the snails.",
            "adminOnly": False,
        }


def test_members_and_strangers_neither_read_nor_write(api, guild, member, bob):
    for user, code in ((member, "role_too_low"), (bob, "not_in_guild")):
        assert_problem(api(user).get(HISTORY), 403, code)
        assert_problem(api(user).post(MESSAGES, {"content": "hi"}), 403, code)
    assert_problem(api(None).get(HISTORY), 401, "unauthorized")
    assert not Job.objects.filter(owner__isnull=False).exists()


def test_what_is_for_admins_only_admins_read_and_write(api, admin, officer, work):
    assert_problem(api(officer).post(MESSAGES, {"content": "psst", "adminOnly": True}), 403, "role_too_low")
    api(admin).post(MESSAGES, {"content": "psst", "adminOnly": True})
    api(admin).post(MESSAGES, {"content": "hello"})
    work()
    assert contents(api(admin).get(HISTORY)) == ["hello", "psst"]
    assert contents(api(officer).get(HISTORY)) == ["hello"]


def test_rights_are_looked_at_again_by_the_worker(api, admin, work):
    accepted = api(admin).post(MESSAGES, {"content": "psst", "adminOnly": True})
    Membership.objects.update(role=Role.CLUB)
    work()
    assert api(admin).get(accepted["Location"]).json()["errorCode"] == "role_too_low"
    assert not GuildMessage.objects.exists()


def test_the_global_room_is_for_the_admins_of_any_guild(api, admin, officer, work):
    api(admin).post(f"{GLOBAL}/messages", {"content": "All admins, listen."})
    work()
    (message,) = api(admin).get(f"{GLOBAL}/history").json()["messages"]
    assert (message["guildId"], message["adminOnly"], message["author"]["role"]) == ("admin-global", True, "admin")
    assert contents(api(admin).get(HISTORY)) == []
    for path in ("history", "messages"):
        ask = api(officer).get if path == "history" else api(officer).post
        assert_problem(ask(f"{GLOBAL}/{path}", {"content": "hi"} if path == "messages" else None), 403, "role_too_low")


def test_a_superuser_is_admin_everywhere_but_not_of_guilds_that_do_not_exist(api, guild, charlie):
    charlie.is_superuser = True
    charlie.save()
    assert contents(api(charlie).get(HISTORY)) == []
    assert contents(api(charlie).get(f"{GLOBAL}/history")) == []
    assert_problem(api(charlie).get("/api/chat/112233445566778800/history"), 404, "guild_not_found")
    assert_problem(api(charlie).post("/api/chat/112233445566778800/messages", {"content": "x"}), 404, "guild_not_found")


def test_a_room_that_cannot_be_is_not_found(api, alice):
    for room in ("1", "admin", "x" * 300, "%00", "-1"):
        assert_problem(api(alice).get(f"/api/chat/{room}/history"), 404, "guild_not_found")
    assert_problem(api(alice).post("/api/chat/nonsense/messages", {"content": "x"}), 404, "guild_not_found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "content"),
        ({"content": ""}, "content"),
        ({"content": "x" * 4001}, "content"),
        ({"content": "x", "adminOnly": "yes"}, "adminOnly"),
        ({"content": "x", "guildId": GUILD}, "guildId"),
    ],
)
def test_what_makes_no_sense_is_refused(api, admin, body, field):
    assert_problem(api(admin).post(MESSAGES, body), 400, "invalid_input", field)
    assert not Job.objects.filter(owner__isnull=False).exists()


def test_pages_go_back_in_time_and_are_not_disturbed_by_what_comes(api, admin):
    for number in range(1, 8):
        say(admin, str(number), number, admin_only=number % 2 == 0)
    client = api(admin)
    first = client.get(f"{HISTORY}?limit=3").json()
    say(admin, "new", 99)
    second = client.get(f"{HISTORY}?limit=3&cursor={first['nextCursor']}").json()
    third = client.get(f"{HISTORY}?limit=3&cursor={second['nextCursor']}").json()
    pages = [[message["content"] for message in page["messages"]] for page in (first, second, third)]
    assert pages == [["7", "6", "5"], ["4", "3", "2"], ["1"]]
    assert third["nextCursor"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=abc", "before=3", "cursor=-1"])
def test_queries_that_make_no_sense_are_refused(api, admin, query):
    assert_problem(api(admin).get(f"{HISTORY}?{query}"), 400, "invalid_input", query.partition("=")[0])


def test_who_left_or_was_deleted_is_shown_as_such_and_the_bot_by_its_name(api, admin, officer, member):
    say(officer, "of who left", 1)
    say(member, "of who was deleted", 2)
    say(None, "of the bot", 3, bot_name="Gary")
    Membership.objects.filter(user=officer).delete()
    member.delete()
    authors = [message["author"] for message in api(admin).get(HISTORY).json()["messages"]]
    assert [(author["name"], author["role"]) for author in authors] == [
        ("Gary", "bot"),
        ("(deleted)", "former"),
        ("bob", "former"),
    ]


def test_a_page_costs_the_same_however_many_authors_it_has(api, admin, officer, django_assert_max_num_queries):
    client = api(admin)
    client.get(HISTORY)
    for number in range(1, 60):
        say(admin if number % 2 else officer, str(number), number)
    with django_assert_max_num_queries(5):  # token, user, role, page, roles of authors
        client.get(HISTORY)


def test_the_room_goes_with_its_guild(guild, admin):
    say(admin, "hi", 1)
    Guild.objects.all().delete()
    assert not GuildMessage.objects.exists()
