"""A guild's settings: stored over defaults, merged safely, and a history of who changed what."""

from threading import Thread

import pytest
from django.db import connection

from guilds.defaults import defaults
from guilds.exceptions import GuildNotFound, SettingsChanged
from guilds.models import GuildSettings, SettingsChange
from slimy.exceptions import InvalidInput
from tests.conftest import GUILD

pytestmark = pytest.mark.django_db(transaction=True)

CHANNEL = "123456789012345678"


def effective():
    return GuildSettings.objects.effective(GUILD)


def patch(changes, by=None, **more):
    return GuildSettings.objects.patch(GUILD, changes, by, **more)


def test_a_guild_that_has_set_nothing_has_the_defaults_and_reading_writes_nothing(guild):
    assert (effective().values, effective().version) == (defaults(), 0)
    assert not GuildSettings.objects.exists()


def test_two_defaults_come_from_the_environment(guild, settings):
    settings.GUILDS = {"SHEET_ID": "sheet-of-the-house-0001", "SHEET_TAB": "Autumn"}
    assert effective().values["sheet_id"] == "sheet-of-the-house-0001"
    assert effective().values["sheet_tab"] == "Autumn"


def test_a_patch_changes_what_it_names_and_nothing_else(guild, alice):
    patch({"view_mode": "latest"}, alice)
    after = patch({"allow_public": True}, alice)
    assert after.values == defaults() | {"view_mode": "latest", "allow_public": True}
    assert (after.version, after.updated_by) == (2, "alice")
    assert effective() == after


def test_personality_and_overrides_merge_deeply(guild):
    patch({"personality": {"name": "Snail"}, "overrides": {"channel": {CHANNEL: {"tone": "dry", "emoji": False}}}})
    after = patch({"personality": {"tone": "warm"}, "overrides": {"channel": {CHANNEL: {"tone": "wry"}}}})
    assert after.values["personality"] == defaults()["personality"] | {"name": "Snail", "tone": "warm"}
    assert after.values["overrides"] == {"category": {}, "channel": {CHANNEL: {"tone": "wry", "emoji": False}}}


def test_null_resets_a_key_to_its_default_at_any_depth(guild):
    patch({"view_mode": "latest", "personality": {"name": "Snail", "tone": "dry"}})
    after = patch({"view_mode": None, "personality": {"name": None}})
    assert after.values["view_mode"] == "baseline"
    assert after.values["personality"] == defaults()["personality"] | {"tone": "dry"}
    assert patch({"personality": None}).values["personality"] == defaults()["personality"]


def test_replacing_drops_what_is_left_out(guild):
    patch({"view_mode": "latest", "personality": {"name": "Snail"}})
    after = GuildSettings.objects.replace(GUILD, {"allow_public": True}, None)
    assert after.values == defaults() | {"allow_public": True}


def test_a_change_for_an_old_version_changes_nothing(guild):
    patch({"view_mode": "latest"})
    with pytest.raises(SettingsChanged):
        patch({"allow_public": True}, version=0)
    assert effective().version == 1
    assert patch({"allow_public": True}, version=1).version == 2


def test_an_unknown_guild_has_nothing_to_change(db):
    with pytest.raises(GuildNotFound):
        patch({"view_mode": "latest"})


def test_overrides_are_bounded_in_all_and_not_only_in_a_patch(guild):
    for start in (0, 50):
        patch({"overrides": {"channel": {str(10**17 + start + n): {"name": "x"} for n in range(50)}}})
    with pytest.raises(InvalidInput):
        patch({"overrides": {"channel": {str(10**17 + 100): {"name": "x"}}}})
    assert effective().version == 2


def test_every_change_is_on_record_with_who_and_from_and_to(guild, alice, bob):
    patch({"view_mode": "latest"}, alice)
    patch({"view_mode": "baseline", "allow_public": False}, bob)
    patch({"view_mode": None}, bob)
    history = SettingsChange.objects.order_by("version").values_list("version", "by__username", "changes")
    assert list(history) == [
        (1, "alice", {"view_mode": [None, "latest"]}),
        (2, "bob", {"view_mode": ["latest", "baseline"], "allow_public": [None, False]}),
        (3, "bob", {"view_mode": ["baseline", None]}),
    ]


def test_100_patches_of_10_keys_at_the_same_time_lose_none(guild):
    def change(number):
        try:
            for round in range(10):
                patch({"overrides": {"channel": {f"{CHANNEL[:-1]}{number}": {"name": f"{number}-{round}"}}}})
        finally:
            connection.close()

    threads = [Thread(target=change, args=[number]) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = effective()
    assert after.version == SettingsChange.objects.count() == 100
    assert {key[-1]: value["name"] for key, value in after.values["overrides"]["channel"].items()} == {
        str(number): f"{number}-9" for number in range(10)
    }
