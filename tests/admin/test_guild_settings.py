"""A guild's settings in the admin: defaults beside what is set, changed under the API's own rules, reset."""

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from guilds.models import GuildSettings, Role, SettingsChange
from tests.admin.conftest import signed_in, staff, text
from tests.conftest import GUILD

pytestmark = pytest.mark.django_db

PAGE = f"/admin/guilds/guild/{GUILD}/change/"
SETTINGS = f"/admin/guilds/guild/{GUILD}/settings/"
RESET = f"{SETTINGS}reset/"
CHANNEL = "123456789012345678"
NESTED = {"name": "Snaily", "tone": "dry", "emoji": False}


@pytest.fixture
def sue(guild):
    """May change settings."""
    return signed_in(staff("sue", "view_guild", "change_guildsettings", "view_settingschange"))


def patch(changes, by=None):
    return GuildSettings.objects.patch(GUILD, changes, by)


def stored(*names):
    return GuildSettings.objects.filter(guild=GUILD).values(*names).first()


def sent_by_browser(client, **changes):
    """The form as a browser sends it back: with its own line ends in boxes, without any in lines of text."""
    context = client.get(SETTINGS).context
    sent = {"version": context["version"]}
    for field in context["form"]:
        one_line = field.field.widget.__class__.__name__ == "UnfoldAdminTextInputWidget"
        sent[field.name] = field.value().replace("\r", "").replace("\n", "" if one_line else "\r\n")
    return sent | changes


def save(client, **changes):
    return client.post(SETTINGS, sent_by_browser(client, **changes), follow=True)


def errors_of(response):
    return response.context["form"].errors


def test_defaults_are_shown_beside_what_is_set(sue, settings):
    settings.GUILDS = {"SHEET_ID": "", "SHEET_TAB": "Autumn"}
    patch({"view_mode": "latest", "personality": {"tone": "dry"}})
    for page in (PAGE, SETTINGS):
        rows = {row.name: row for row in sue.get(page).context["settings"]}
        assert (rows["sheetTab"].default, rows["sheetTab"].stored) == ("Autumn", None)
        assert (rows["viewMode"].default, rows["viewMode"].stored) == ("baseline", "latest")
        assert json.loads(rows["personality"].stored) == {"tone": "dry"}
        assert text(sue.get(page)).count("overridden") == 2
        assert "Now:" not in text(sue.get(page))


def test_only_what_was_changed_is_written(sue):
    patch({"notes": "kept"})
    said = text(save(sue, viewMode="latest", allowPublic="false", screenshotChannelId=f" {CHANNEL} "))
    assert "Changed view mode, allow public, screenshot channel id." in said
    last = SettingsChange.objects.latest("version")
    assert last.changes == {
        "view_mode": [None, "latest"],
        "allow_public": [None, False],
        "screenshot_channel_id": [None, CHANNEL],
    }
    assert (last.version, last.by.username) == (2, "sue")
    said = "Changed settings: view mode, allow public, screenshot channel id. That made version 2."
    assert LogEntry.objects.get().change_message == said


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"notes": "\nfirst line empty\r\nand <b>\n\n", "sheet_tab": " two\nlines "},
        {"notes": "", "allow_public": False, "uploads_enabled": True, "view_mode": "baseline"},
        {
            "personality": NESTED,
            "overrides": {"channel": {CHANNEL: {"tone": "a\u2028b\\u00e9 \U0001f40c"}}, "category": {}},
        },
    ],
)
def test_a_page_that_is_sent_back_as_it_came_changes_nothing(sue, values):
    if values:
        patch(values)
    before = stored()
    assert "Nothing was changed." in text(save(sue))
    assert stored() == before
    assert not LogEntry.objects.exists()


def test_an_emptied_field_gets_its_default_again(sue):
    patch({"sheet_tab": "Mine", "allow_public": True, "notes": "x", "personality": NESTED})
    save(sue, sheetTab="", allowPublic="", notes="", personality="")
    names = ("sheet_tab", "allow_public", "notes", "personality")
    assert stored(*names) == dict.fromkeys(names[:3]) | {"personality": {}}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, NESTED),
        (NESTED, {"name": "Other"}),
        (NESTED, {"emoji": True, "tone": "dry", "name": "Snaily"}),
        (NESTED, {**NESTED, "instructions": ""}),
    ],
)
def test_a_document_becomes_what_was_written(sue, before, after):
    patch({"personality": before, "view_mode": "latest"})
    save(sue, personality=json.dumps(after))
    assert stored("personality", "view_mode") == {"personality": after, "view_mode": "latest"}


def test_a_part_of_the_overrides_is_taken_out(sue):
    patch({"overrides": {"channel": {CHANNEL: {"tone": "dry"}, CHANNEL[::-1]: {"name": "B"}}}})
    save(sue, overrides=json.dumps({"channel": {CHANNEL: {"tone": "wry"}}}))
    assert stored("overrides")["overrides"] == {"channel": {CHANNEL: {"tone": "wry"}}}


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("sheetId", "no sheet", "Must be the link or the id of a Google Sheet."),
        ("screenshotChannelId", "12", "Must be a Discord id"),
        ("viewMode", "sideways", "Select a valid choice"),
        ("allowPublic", "perhaps", "Select a valid choice"),
        ("sheetTab", "x" * 101, "no more than 100 characters"),
        ("sheetTab", "a\0b", "Null characters"),
        ("notes", "x" * 100_000, "no more than 4000 characters"),
        ("personality", "{name: 1}", "line 1, column 2"),
        ("personality", "[]", "Invalid data"),
        ("personality", "false", "Invalid data"),
        ("personality", '{"name": "a", "name": "b"}', "same name twice"),
        ("personality", '{"mood": null}', "mood: This field is not known."),
        ("personality", '{"emoji": 1}', "emoji: Must be true or false."),
        ("personality", '{"name": "\\u0000"}', "Null characters"),
        ("personality", '{"name": "\\ud800"}', "name: "),
        ("personality", "[" * 5000 + "]" * 5000, "nested too deeply"),
        ("overrides", '{"channel": {"x": {}}}', "channel.x: Must be a Discord id"),
        ("overrides", f'{{"category": {{"{CHANNEL}": {{"tone": "{"x" * 101}"}}}}}}', f"category.{CHANNEL}.tone: "),
    ],
)
def test_what_the_api_refuses_is_refused_at_its_field(sue, field, value, complaint):
    response = save(sue, **{field: value, "uploadsEnabled": "false"})
    assert list(errors_of(response)) == [field]
    assert complaint in errors_of(response)[field][0]
    assert stored() is None


def test_a_link_to_a_sheet_is_reduced_to_its_id(sue):
    save(sue, sheetId="https://docs.google.com/spreadsheets/d/abcdefghij_klmnopqrst-0/edit#gid=0")
    assert stored("sheet_id") == {"sheet_id": "abcdefghij_klmnopqrst-0"}


def test_a_button_resets_a_setting(sue):
    patch({"notes": "x", "personality": NESTED, "allow_public": False})
    assert 'value="personality"' in text(sue.get(PAGE))
    said = sue.post(RESET, {"setting": "personality", "version": 1}, follow=True)
    assert said.request["PATH_INFO"] == PAGE
    assert "Reset personality." in text(said)
    assert stored("notes", "personality", "allow_public") == {"notes": "x", "personality": {}, "allow_public": False}
    assert 'value="personality"' not in text(sue.get(PAGE))
    assert sue.post(RESET, {"setting": "notes", "version": 2, "stay": "yes"}).url == SETTINGS
    assert [entry.object_id for entry in LogEntry.objects.all()] == [GUILD, GUILD]


def test_what_is_no_setting_is_not_reset(sue):
    patch({"notes": "x"})
    for name in ("", "version", "allow_public", "id"):
        assert "There is no such setting." in text(sue.post(RESET, {"setting": name, "version": 1}, follow=True))
    assert sue.get(RESET).status_code == 405
    assert SettingsChange.objects.count() == 1


def test_whoever_is_late_overwrites_nothing(sue, alice):
    old = sent_by_browser(sue, notes="mine")
    patch({"notes": "hers"}, alice)
    late = sue.post(SETTINGS, old)
    assert "alice changed the settings at" in text(late)
    assert ">\nmine</textarea>" in text(late)
    assert "Now: hers" in text(late)
    again = sue.post(SETTINGS, old | {"version": late.context["version"]})
    assert "Nothing of yours was saved." in text(again)
    assert "alice changed" in text(sue.post(RESET, {"setting": "notes", "version": 0}, follow=True))
    for version in ("", "-1", "None", "١", "9" * 5000):
        sue.post(SETTINGS, old | {"version": version})
        sue.post(RESET, {"setting": "notes", "version": version})
    assert stored("notes", "version") == {"notes": "hers", "version": 1}
    assert not LogEntry.objects.exists()


def test_settings_need_their_own_permission_and_a_csrf_token(guild, sue):
    patch({"notes": "x"})
    for permissions in (("view_guild", "change_guild", "view_guildsettings"), ("change_guildsettings",)):
        client = signed_in(staff(permissions[-1], *permissions))
        assert client.get(SETTINGS).status_code == 403
        assert client.post(SETTINGS, {"notes": "y", "version": 1}).status_code == 403
        assert client.post(RESET, {"setting": "notes", "version": 1}).status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = sue.cookies
    assert strict.post(SETTINGS, {"notes": "y", "version": 1}).status_code == 403
    assert strict.post(RESET, {"setting": "notes", "version": 1}).status_code == 403
    assert stored("notes") == {"notes": "x"}


def test_a_guild_that_is_not_there_has_no_settings(sue):
    for unknown in ("998877665544332211", "x"):
        assert sue.get(SETTINGS.replace(GUILD, unknown)).status_code == 404
        assert sue.post(RESET.replace(GUILD, unknown), {"setting": "notes", "version": 0}).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_api_answers_with_what_staff_changed(sue, alice, joined, api):
    client = api(joined(alice, Role.CLUB))
    path = f"/api/guilds/{GUILD}/settings"
    assert client.get(path).json()["settings"]["viewMode"] == "baseline"
    save(sue, viewMode="latest")
    assert client.get(path).json()["settings"]["viewMode"] == "latest"
