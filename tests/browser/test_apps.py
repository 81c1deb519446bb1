"""What the apps show: a guild's settings edited, two members of a club merged, standings exported."""

from pathlib import Path

from clubs.models import Member
from clubs.standings import recompute
from guilds.models import GuildSettings
from tests.admin.clubs import MEMBERS, PAGE, ago
from tests.club import measure, new_member
from tests.conftest import GUILD


def test_a_setting_of_a_guild_is_edited(screens, guild):
    for screen in screens:
        page = screen.go(f"/admin/guilds/guild/{GUILD}/change/")
        screen.act("Change settings")
        page.locator("[name=sheetTab]").fill(f"Autumn, {screen.mode}")
        screen.check("guild-settings")
        screen.press("Save settings")
        assert page.get_by_text(f"Autumn, {screen.mode}").first.is_visible()
        assert GuildSettings.objects.get(guild=guild).sheet_tab == f"Autumn, {screen.mode}"


def test_two_members_of_a_club_are_merged(screens, guild, stone):
    for screen in screens:
        twin = new_member(guild, f"Stone {screen.mode}", ago(days=30))
        measure(twin, ago(days=30), total=80_000_000)
        recompute(GUILD)
        page = screen.go(f"{MEMBERS}?guild__id__exact={GUILD}")
        for box in page.locator("input.action-select").all():
            box.check()
        page.locator("select[name=action]").select_option("merge_selected")
        screen.press("Run")
        page.get_by_label("Stone stays").check()
        screen.check("members-merge")
        screen.press("Yes, merge")
        assert page.get_by_text("became Stone, history and corrections included.").count() == 1
        assert not Member.objects.filter(pk=twin.pk).exists()


def test_standings_are_exported(screens, stone):
    for screen in screens:
        page = screen.go(PAGE)
        screen.check("club")
        with page.expect_download() as download:
            page.get_by_role("link", name="Standings as CSV").click()
        written = Path(download.value.path()).read_text(encoding="utf-8-sig")
        assert "Stone" in written
        assert download.value.suggested_filename.endswith(".csv")
