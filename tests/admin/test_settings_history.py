"""Who changed which setting of a guild, in the admin."""

from datetime import timedelta

import pytest
from django.utils import timezone

from guilds.models import GuildSettings, SettingsChange
from tests.admin.conftest import HOSTILE, signed_in, staff, text
from tests.conftest import GUILD

pytestmark = pytest.mark.django_db

PAGE = f"/admin/guilds/guild/{GUILD}/change/"
HISTORY = "/admin/guilds/settingschange/"
OTHER = "998877665544332211"


@pytest.fixture
def vic(guild):
    """May look at guilds and at what was changed."""
    return signed_in(staff("vic", "view_guild", "view_settingschange"))


def patch(changes, by=None):
    return GuildSettings.objects.patch(GUILD, changes, by)


def test_the_newest_changes_are_on_the_page_and_all_in_a_list(vic, alice, guild):
    for number in range(25):
        patch({"notes": f"{HOSTILE} {number}.", "personality": {"name": f"Snail {number}"}}, alice)
    page = text(vic.get(PAGE))
    assert page.count("Version ") == 20
    assert "Snail 5" in page
    assert "Snail 3<" not in page
    assert HOSTILE not in page
    assert "Personality: name:" in page
    change = SettingsChange.objects.latest("version")
    shown = text(vic.get(f"{HISTORY}{change.pk}/change/"))
    assert "&lt;script&gt;alert(&#x27;boo&#x27;)&lt;/script&gt; 24." in shown
    assert HOSTILE not in shown


def test_changes_are_found_by_guild_and_day(vic, guild):
    patch({"notes": "x"})
    day = timezone.now()
    later = f"{day + timedelta(days=1):%Y-%m-%d}"

    def found(query):
        return len(vic.get(f"{HISTORY}?{query}").context["cl"].result_list)

    for query in (f"q={GUILD}", f"guild__id__exact={GUILD}", f"at_from={day:%Y-%m-%d}&at_to={day:%Y-%m-%d}"):
        assert found(query) == 1, query
    for query in (f"q={OTHER}", f"at_from={later}", f"guild__id__exact={OTHER}"):
        assert found(query) == 0, query


def test_of_documents_only_what_differs_is_told(vic, guild):
    patch({"personality": {"tone": "dry", "emoji": False}})
    patch({"personality": {"tone": "wry", "emoji": None}, "allow_public": True})
    lines = vic.get(PAGE).context["changes"][0][2]
    assert sorted(lines) == [
        ("Allow public", "not set", "yes"),
        ("Personality: emoji", "no", "not set"),
        ("Personality: tone", "dry", "wry"),
    ]


def test_history_is_never_changed(root, guild):
    patch({"notes": "x"})
    change = SettingsChange.objects.get()
    for page in (f"{change.pk}/change/", f"{change.pk}/delete/", "add/"):
        assert root.post(HISTORY + page, {"post": "yes", "version": 7}).status_code == 403, page
    assert SettingsChange.objects.get().version == 1
