"""Guilds and their members in the admin."""

import re

import pytest

from guilds.admin import COUNTED
from guilds.admin.members import SHOWN
from guilds.models import Guild, GuildSettings, Membership, Role, SettingsChange
from slimy.accounts.models import User
from tests.admin.conftest import HOSTILE, JOBS, failed_job, signed_in, staff, text
from tests.conftest import GUILD

pytestmark = pytest.mark.django_db

GUILDS, MEMBERS = "/admin/guilds/guild/", "/admin/guilds/membership/"
PAGE = f"{GUILDS}{GUILD}/change/"
VIEW = ("view_guild", "view_membership", "view_guildsettings", "view_settingschange")
OTHER = "998877665544332211"
BUTTONS = re.compile(
    r'name="_save"|name="action"|/delete/"|/settings/|reset-settings|name="[^"]*role"|<textarea|class="add-row'
)


@pytest.fixture
def gus(db):
    """May do everything with guilds, nothing else."""
    verbs = (f"{verb}_{kind}" for verb in ("add", "change", "delete") for kind in ("guild", "membership"))
    return signed_in(staff("gus", *VIEW, *verbs))


@pytest.fixture
def victor(db):
    """May look at guilds."""
    return signed_in(staff("victor", *VIEW))


def crowd(guild, size):
    users = User.objects.bulk_create(User(username=f"member{n}") for n in range(size))
    return Membership.objects.bulk_create(Membership(guild=guild, user=user) for user in users)


def listed(client, path):
    return list(client.get(path).context["cl"].result_list)


def form(client, **changes):
    """What a browser sends back from the page of the guild, with some changes."""
    context = client.get(PAGE).context
    sent = {"name": context["original"].name, "icon": context["original"].icon, "owner": ""}
    for inline in context["inline_admin_formsets"]:
        for part in (inline.formset.management_form, *inline.formset.forms):
            sent |= {field.html_name: field.value() for field in part if field.value() is not None}
    return sent | changes


def newcomer(user, role=Role.MEMBER):
    return {"memberships-TOTAL_FORMS": 1, "memberships-0-user": user.pk, "memberships-0-role": role}


def errors(response):
    return [str(errors) for inline in response.context["inline_admin_formsets"] for errors in inline.formset.errors]


def test_a_guild_is_added_with_discords_id_which_then_stays(gus, alice):
    none = {
        f"{prefix}-{count}_FORMS": 0 for prefix in ("memberships", "memberships-2") for count in ("TOTAL", "INITIAL")
    }
    for wrong in ("", "12", "0" * 18, "١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦٧٨", "99999999999999999999"):
        response = gus.post(f"{GUILDS}add/", {"id": wrong, "name": "Wrong", **none})
        assert list(response.context["adminform"].form.errors) == ["id"], wrong
    gus.post(f"{GUILDS}add/", {"id": GUILD, "name": "Snails", **none, **newcomer(alice)})
    assert "already exists" in text(gus.post(f"{GUILDS}add/", {"id": GUILD, "name": "Twins", **none}))
    gus.post(PAGE, form(gus, id=OTHER, name="Slugs", owner=alice.pk))
    assert list(Guild.objects.values_list("pk", "name", "owner__username")) == [(GUILD, "Slugs", "alice")]
    assert Membership.objects.get().user == alice


def test_guilds_are_found(victor, guild, alice):
    other = Guild.objects.create(id=OTHER, name="Slug Club", owner=alice)
    for query in ("slug", OTHER, "alice"):
        assert listed(victor, f"{GUILDS}?q={query}") == [other], query
    assert listed(victor, f"{GUILDS}?q={OTHER[:10]}") == []
    assert listed(victor, GUILDS) == [other, guild]


def test_the_list_counts_members_with_as_many_statements_for_many_guilds(victor, guild, django_assert_num_queries):
    crowd(guild, 3)
    Guild.objects.bulk_create(Guild(id=str(int(OTHER) + n), name=f"Guild {n}") for n in range(40))
    victor.get(GUILDS)
    with django_assert_num_queries(7):
        page = text(victor.get(GUILDS))
    assert '<td class="field-members_counted' in page.replace("\n", "")
    assert [one.member_count for one in listed(victor, f"{GUILDS}?q=Snail")] == [3]


def test_the_count_of_members_is_bounded(victor, guild, monkeypatch):
    monkeypatch.setattr("guilds.admin.COUNTED", 2)
    crowd(guild, 5)
    assert listed(victor, GUILDS)[0].member_count == 3
    assert "more than 2" in text(victor.get(GUILDS))
    assert COUNTED == 10_000


def test_a_members_role_is_changed_and_a_member_removed(gus, guild, joined, alice, bob):
    joined(alice, Role.ADMIN)
    joined(bob, Role.CLUB)
    gus.post(PAGE, form(gus, **{"memberships-2-0-role": Role.MEMBER, "memberships-2-1-DELETE": "on"}))
    assert list(Membership.objects.values_list("user__username", "role")) == [("alice", Role.MEMBER)]


def test_a_member_is_added_once(gus, guild, alice):
    crowd(guild, SHOWN)
    gus.post(PAGE, form(gus, **newcomer(alice, Role.CLUB)))
    assert Membership.objects.get(user=alice).role == Role.CLUB
    refused = gus.post(PAGE, form(gus, **newcomer(alice, Role.ADMIN)))
    assert "alice is a member already." in "".join(errors(refused))
    assert Membership.objects.get(user=alice).role == Role.CLUB


def test_a_large_guild_opens_with_the_first_members_and_few_statements(
    gus, guild, alice, joined, django_assert_max_num_queries
):
    crowd(guild, SHOWN + 20)
    joined(alice, Role.ADMIN)
    gus.get(PAGE)
    with django_assert_max_num_queries(14):
        page = gus.get(PAGE)
    first = [part.instance.user.username for part in page.context["inline_admin_formsets"][1].formset.forms]
    assert (first[0], len(first)) == ("alice", SHOWN)
    assert f"first {SHOWN}" in text(page)
    assert f"{MEMBERS}?guild__id__exact={GUILD}" in text(page)


def test_members_who_went_meanwhile_and_those_of_other_guilds_are_refused(gus, guild, joined, alice, bob):
    joined(alice, Role.MEMBER)
    sent = form(gus, **{"memberships-2-0-role": Role.ADMIN})
    other = Membership.objects.create(guild=Guild.objects.create(id=OTHER, name="Slugs"), user=bob)
    Membership.objects.filter(user=alice).delete()
    for wrong in (sent["memberships-2-0-id"], other.pk, "x", "9" * 30):
        response = gus.post(PAGE, sent | {"memberships-2-0-id": wrong})
        assert response.status_code in (200, 302), wrong
    assert list(Membership.objects.values_list("user__username", "role")) == [("bob", Role.MEMBER)]


def test_everybody_is_in_the_list_of_memberships(gus, guild, joined, alice, bob, django_assert_max_num_queries):
    joined(alice, Role.ADMIN)
    User.objects.filter(pk=bob.pk).update(discord_id=OTHER)
    joined(bob, Role.MEMBER)
    for query in ("q=ali", "role__exact=3", "q=ALICE"):
        assert [one.user for one in listed(gus, f"{MEMBERS}?{query}")] == [alice], query
    assert [one.user for one in listed(gus, f"{MEMBERS}?q={OTHER}")] == [bob]
    for query in (f"q={GUILD}", f"guild__id__exact={GUILD}", "q=%20"):
        assert len(listed(gus, f"{MEMBERS}?{query}")) == 2, query
    for query in ("q=nobody", f"q={int(OTHER) + 1}", f"guild__id__exact={OTHER}"):
        assert not listed(gus, f"{MEMBERS}?{query}"), query
    crowd(guild, 50)
    with django_assert_max_num_queries(7):
        assert len(listed(gus, MEMBERS)) == 50


def test_of_a_membership_only_the_role_is_changed(gus, guild, joined, alice, bob):
    page = f"{MEMBERS}{joined(alice, Role.MEMBER).memberships.get().pk}/change/"
    gus.post(page, {"guild": OTHER, "user": bob.pk, "role": Role.CLUB})
    assert list(Membership.objects.values_list("guild", "user", "role")) == [(GUILD, alice.pk, Role.CLUB)]
    gus.post(f"{MEMBERS}add/", {"guild": GUILD, "user": bob.pk, "role": Role.ADMIN})
    assert "already exists" in text(gus.post(f"{MEMBERS}add/", {"guild": GUILD, "user": bob.pk, "role": Role.CLUB}))
    assert Membership.objects.get(user=bob).role == Role.ADMIN


def test_a_guild_is_deleted_with_its_members_counted(root, gus, guild, joined, alice):
    crowd(guild, 60)
    GuildSettings.objects.patch(guild, {"notes": "x"}, None)
    page = f"{GUILDS}{GUILD}/delete/"
    asked = text(root.get(page))
    assert "Memberships: 60" in asked
    assert "member7" not in asked
    assert gus.post(page, {"post": "yes"}).status_code == 403
    root.post(page, {"post": "yes"})
    assert not any(kind.objects.exists() for kind in (Guild, Membership, GuildSettings, SettingsChange))


def test_guilds_are_deleted_together(root, guild):
    Guild.objects.create(id=OTHER, name="Slugs")
    root.post(GUILDS, {"action": "delete_selected", "_selected_action": [GUILD, OTHER], "post": "yes"})
    assert not Guild.objects.exists()


def test_staff_who_may_look_see_no_widgets_and_can_do_nothing(victor, guild, joined, alice):
    member = joined(alice, Role.MEMBER).memberships.get()
    Guild.objects.update(name=HOSTILE)
    GuildSettings.objects.patch(guild, {"notes": HOSTILE, "personality": {"name": HOSTILE}}, alice)
    change = f"/admin/guilds/settingschange/{SettingsChange.objects.get().pk}/change/"
    for page in (GUILDS, PAGE, MEMBERS, f"{MEMBERS}{member.pk}/change/", "/admin/guilds/settingschange/", change):
        shown = text(victor.get(page))
        assert not BUTTONS.search(shown), page
        assert HOSTILE not in shown
    for page in (PAGE, f"{MEMBERS}{member.pk}/change/", f"{GUILDS}add/", f"{MEMBERS}add/", f"{GUILDS}{GUILD}/delete/"):
        assert victor.post(page, {"post": "yes"}).status_code == 403, page


def test_strangers_among_staff_are_refused(sam, guild):
    for page in (GUILDS, PAGE, MEMBERS, "/admin/guilds/settingschange/", f"{GUILDS}{GUILD}/settings/"):
        assert signed_in(sam).get(page).status_code == 403, page


def test_a_job_leads_to_its_guild(root, guild, alice):
    job = failed_job(alice, payload={"guildId": GUILD})
    assert PAGE in text(root.get(f"{JOBS}{job.pk}/change/"))
