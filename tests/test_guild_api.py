"""The guilds API: settings with versions, the caller's guilds, and reads from the cache that are never old."""

import pytest
from django.db import connection

from guilds.models import GuildSettings, Membership, Role
from slimy.jobs.queue import add_job
from tests.conftest import GUILD, empty_cache

pytestmark = pytest.mark.django_db(transaction=True)

SETTINGS = f"/api/guilds/{GUILD}/settings"
SHEET = "1AbCdEfGhIjKlMnOpQrStUvWxYz_0123456789-abcd"


@pytest.fixture
def admin(alice, joined, api):
    return api(joined(alice, Role.ADMIN))


def test_settings_come_with_their_version_as_etag(admin):
    answer = admin.get(SETTINGS)
    assert (answer.status_code, answer["ETag"], answer.json()["version"]) == (200, '"0"', 0)
    assert answer.json()["settings"]["sheetTab"] == "Baseline (10-24-25)"


def test_a_patch_is_seen_by_the_next_read(admin):
    admin.get(SETTINGS)
    changed = admin.patch(SETTINGS, {"viewMode": "latest", "personality": {"tone": "dry"}}, format="json")
    assert (changed.status_code, changed["ETag"]) == (200, '"1"')
    read = admin.get(SETTINGS).json()
    assert read == changed.json()
    assert (read["settings"]["viewMode"], read["settings"]["personality"]["tone"]) == ("latest", "dry")
    assert read["updatedBy"] == "alice"


def test_put_replaces(admin):
    admin.patch(SETTINGS, {"viewMode": "latest"}, format="json")
    assert admin.put(SETTINGS, {"notes": "Snails"}, format="json").json()["settings"]["viewMode"] == "baseline"


@pytest.mark.parametrize("etag", ['"0"', 'W/"1"', "nonsense", '"99999999999"', '"1", "2"'])
def test_a_lost_update_is_refused(admin, etag):
    admin.patch(SETTINGS, {"viewMode": "latest"}, format="json")
    answer = admin.patch(SETTINGS, {"notes": "x"}, format="json", headers={"If-Match": etag})
    assert (answer.status_code, answer.json()["error"]) == (412, "conflict")
    assert admin.get(SETTINGS).json()["version"] == 1


@pytest.mark.parametrize("etag", ['"1"', "*"])
def test_a_change_of_what_was_read_is_accepted(admin, etag):
    admin.patch(SETTINGS, {"viewMode": "latest"}, format="json")
    assert admin.patch(SETTINGS, {"notes": "x"}, format="json", headers={"If-Match": etag}).status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        SHEET,
        f"https://docs.google.com/spreadsheets/d/{SHEET}/edit?usp=sharing#gid=0",
        f"https://docs.google.com/spreadsheets/u/1/d/{SHEET}",
    ],
)
def test_a_link_to_a_sheet_is_reduced_to_its_id(admin, given):
    assert admin.patch(SETTINGS, {"sheetId": given}, format="json").json()["settings"]["sheetId"] == SHEET


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"sheetId": "https://evil.example/spreadsheets/d/" + SHEET}, "sheetId"),
        ({"viewMode": "oldest"}, "viewMode"),
        ({"allowPublic": "yes"}, "allowPublic"),
        ({"uploadsEnabled": 1}, "uploadsEnabled"),
        ({"screenshotChannelId": 123456789012345678}, "screenshotChannelId"),
        ({"screenshotChannelId": "99999999999999999999"}, "screenshotChannelId"),
        ({"notes": "x" * 4001}, "notes"),
        ({"notes": "\0"}, "notes"),
        ({"personality": {"mood": "good"}}, "personality.mood"),
        ({"personality": "dry"}, "personality"),
        ({"overrides": {"channel": {"general": {}}}}, "overrides.channel.general"),
        ({"overrides": {"channel": {"123456789012345678": {"tone": 1}}}}, "overrides.channel.123456789012345678.tone"),
        ({"overrides": {"channel": {str(10**17 + n): {} for n in range(101)}}}, "overrides.channel"),
        ({"colour": "green"}, "colour"),
        ({"sheet_tab": "x"}, "sheet_tab"),
    ],
)
@pytest.mark.parametrize("method", ["patch", "put"])
def test_what_makes_no_sense_is_refused_by_name(admin, method, body, named):
    answer = getattr(admin, method)(SETTINGS, body, format="json")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_input")
    assert list(answer.json()["details"]) == [named]
    assert not GuildSettings.objects.exists()


def test_the_screenshot_channel_has_a_door_of_its_own(admin):
    channel = f"{SETTINGS}/screenshot-channel"
    answer = admin.post(channel, {"channelId": "123456789012345678"}, format="json")
    assert answer.json()["settings"]["screenshotChannelId"] == "123456789012345678"
    assert admin.post(channel, {"channelId": None}, format="json").json()["settings"]["screenshotChannelId"] is None
    assert admin.post(channel, {"channelId": "general"}, format="json").status_code == 400


def test_the_job_merges_as_the_api_does(admin, alice, work):
    job = add_job("database", "update_guild_settings", {"guildId": GUILD, "patch": {"viewMode": "latest"}}, alice)
    stale = {"guildId": GUILD, "patch": {"notes": "x"}, "version": 7}
    late = add_job("database", "update_guild_settings", stale, alice)
    work()
    job.refresh_from_db()
    late.refresh_from_db()
    assert job.result["settings"]["viewMode"] == "latest"
    assert (late.status, late.errors[0]["code"]) == ("failed", "conflict")
    assert admin.get(SETTINGS).json()["version"] == 1


def test_a_role_that_was_lost_before_the_job_ran_changes_nothing(admin, alice, work):
    job = add_job("database", "update_guild_settings", {"guildId": GUILD, "patch": {"viewMode": "latest"}}, alice)
    Membership.objects.get(user=alice).delete()
    work()
    job.refresh_from_db()
    assert (job.status, job.errors[0]["code"]) == ("failed", "not_in_guild")
    assert not GuildSettings.objects.exists()


def test_one_sees_the_guilds_one_is_in(admin, alice, bob, api):
    assert admin.get("/api/guilds").json()["guilds"] == [
        {"id": GUILD, "name": "Snail Keepers", "icon": None, "role": "admin"}
    ]
    assert admin.get(f"/api/guilds/{GUILD}").json()["guild"]["role"] == "admin"
    assert api(bob).get("/api/guilds").json()["guilds"] == []


def test_a_changed_role_counts_at_once(admin, alice):
    assert admin.get(SETTINGS).status_code == 200
    membership = Membership.objects.get(user=alice)
    membership.role = Role.MEMBER
    membership.save()
    assert admin.get(SETTINGS).status_code == 403
    membership.delete()
    assert admin.get(f"/api/guilds/{GUILD}").json()["error"] == "not_in_guild"


def test_a_renamed_guild_has_its_new_name_in_the_next_read(admin, guild):
    admin.get("/api/guilds")
    guild.name = "Slug Keepers"
    guild.save()
    assert admin.get("/api/guilds").json()["guilds"][0]["name"] == "Slug Keepers"


@pytest.mark.parametrize("path", [f"/api/guilds/{GUILD}/analytics", SETTINGS, "/api/guilds", "/api/users/me"])
def test_a_hit_costs_no_statement(admin, alice, path, django_assert_num_queries):
    admin.force_authenticate(alice)
    admin.get(path)
    first = admin.get(path).json()
    with django_assert_num_queries(0):
        assert admin.get(path).json() == first


@pytest.mark.parametrize(("path", "most"), [(f"/api/guilds/{GUILD}/analytics", 6), ("/api/users/me", 3)])
def test_a_miss_costs_the_same_for_many_members(
    admin, alice, joined, path, most, django_user_model, django_assert_max_num_queries
):
    admin.force_authenticate(alice)
    for number in range(30):
        joined(django_user_model.objects.create_user(f"member{number}"), Role.MEMBER)
    empty_cache()
    with django_assert_max_num_queries(most):
        admin.get(path)


def test_without_redis_the_database_serves(admin, empty_redis):
    admin.get(SETTINGS)
    connection.ensure_connection()
    empty_redis.config_set("maxmemory", 1)
    try:
        assert admin.patch(SETTINGS, {"viewMode": "latest"}, format="json").status_code == 200
        assert admin.get(SETTINGS).json()["settings"]["viewMode"] == "latest"
    finally:
        empty_redis.config_set("maxmemory", 0)
