"""Other spellings of members in the admin, and members that turn out to be one."""

import pytest
from django.contrib.admin.models import LogEntry

from clubs.models import Member, MemberAlias
from slimy.accounts.models import User
from tests.admin.clubs import *  # noqa: F403
from tests.admin.clubs import MEMBERS, choose, logged, page_of, said
from tests.admin.conftest import text
from tests.club import measure

pytestmark = pytest.mark.django_db


def test_another_spelling_is_added_and_deleted(cara, stone):
    response = cara.post(f"{MEMBERS}{stone.pk}/aliases/add/", {"name": " [TAG] Stöney! "}, follow=True)
    alias = MemberAlias.objects.get()
    assert (alias.alias_key, alias.name, alias.source, alias.member) == ("stoney", "[TAG] Stöney!", "staff", stone)
    assert "Stöney" in said(response)
    delete = f"{MEMBERS}{stone.pk}/aliases/{alias.pk}/delete/"
    assert "Stöney" in text(cara.get(delete))
    assert MemberAlias.objects.exists()
    cara.post(delete)
    assert not MemberAlias.objects.exists()
    assert "gone already" in said(cara.post(delete, follow=True))
    assert [message.split(" the")[0] for message in logged(stone)] == ["Added", "Deleted"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("STONE", "finds this member already"),
        ("st0ne king", "finds St0ne King already"),
        ("Stone-King", "finds St0ne King already"),
        ("\u200b\u200b", "at least one visible character"),
        ("", "required"),
        ("x" * 201, "at most 200"),
    ],
)
def test_a_spelling_that_finds_somebody_or_nobody_is_refused(cara, stone, twin, name, why):
    page = cara.post(f"{MEMBERS}{stone.pk}/aliases/add/", {"name": name})
    assert why in str(page.context["form"].errors), name
    assert MemberAlias.objects.get().member == twin


def test_the_spelling_of_another_member_is_not_deleted_here(cara, stone, twin):
    cara.post(f"{MEMBERS}{stone.pk}/aliases/{twin.aliases.get().pk}/delete/")
    assert twin.aliases.exists()


def test_merging_asks_which_one_stays(cara, stone, twin):
    page = choose(cara, stone, twin)
    shown = text(page)
    for fact in ("Stone King", "st0neking", "95,000,000", "80,000,000"):
        assert fact in shown, fact
    assert Member.objects.count() == 2
    assert "Say which one stays" in text(choose(cara, stone, twin, post="yes"))
    assert "Say which one stays" in text(choose(cara, stone, twin, post="yes", keep="77777"))
    assert Member.objects.count() == 2


def test_members_seen_together_on_a_scan_are_rather_two_people(cara, stone, twin):
    assert "rather two people" not in text(choose(cara, stone, twin))
    measure(twin, stone.metrics.first().observed_at, sim=5)
    assert "rather two people" in text(choose(cara, stone, twin))


def test_merged_members_are_one_with_all_that_was_known(cara, stone, twin):
    response = choose(cara, stone, twin, post="yes", keep=stone.pk)
    assert response.redirect_chain[-1][0] == page_of(stone)
    assert "St0ne King" in said(response)
    assert Member.objects.get() == stone
    assert stone.metrics.count() == 4
    assert set(stone.aliases.values_list("alias_key", flat=True)) == {"st0neking", "stoneking"}
    assert logged(stone) == ["Merged into this member: St0ne King (st0neking)."]
    assert LogEntry.objects.get().user == User.objects.get(username="cara")


def test_only_members_of_one_guild_can_be_merged(cara, stone, elsewhere):
    assert "Only members of one guild" in said(choose(cara, stone, elsewhere))
    assert "Only members of one guild" in said(choose(cara, stone, elsewhere, post="yes", keep=stone.pk))
    assert "at least two" in said(choose(cara, stone))
    assert Member.objects.count() == 2
