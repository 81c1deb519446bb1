"""What people decide about rows that were read: accept, correct, assign, new member, skip; and who comes second."""

import threading

import pytest
from django.db import connection

from clubs.exceptions import CannotDecide, DecidedMeanwhile, UploadNotFound
from clubs.models import Correction, Finding, Latest, Member, MemberAlias, Scan, Upload
from clubs.review.decisions import Said, accept, accept_safe, reopen, skip
from clubs.review.form import said_in
from guilds.models import Role
from slimy.ids import new_id
from tests.club import measure, new_member, on_day, standing
from tests.conftest import GUILD
from tests.reviewed import boxed, counted, page
from tests.screen import club

MEMBERS = club(6)
KNOWN, NEW = MEMBERS[:5], MEMBERS[5]

pytestmark = pytest.mark.usefixtures("recorded_engine")


@pytest.fixture
def bob_keeps(bob, joined):
    return joined(bob, Role.CLUB)


@pytest.fixture
def upload(guild, bob_keeps, rings, work):
    """Five known members, and one who isn't: that row waits. Of a club of six."""
    for member in KNOWN:
        measure(new_member(guild, member.name, on_day(-7)), on_day(-7), sim=member.power)
    boxed(bob_keeps, [counted(page(MEMBERS), 6)])
    work()
    return Upload.objects.get()


@pytest.fixture
def waiting(upload):
    return upload.findings.get(state="open")


def as_read(finding, **more):
    return Said(**{"name": finding.name, "sim_power": finding.sim_power, "total_power": finding.total_power, **more})


def test_an_accepted_stranger_becomes_a_member(upload, waiting, sam):
    accept(upload.pk, waiting.pk, waiting.version, as_read(waiting), sam)
    assert standing(Member.objects.get(display_name=NEW.name)).sim_power == NEW.power
    waiting.refresh_from_db()
    assert (waiting.state, waiting.decided_by) == ("accepted", sam)


def test_the_last_decision_makes_the_scan_complete_so_that_who_is_missing_has_left(upload, waiting, guild, sam):
    gone = new_member(guild, "Gone", on_day(-7))
    measure(gone, on_day(-7), sim=1)
    accept(upload.pk, waiting.pk, waiting.version, as_read(waiting), sam)
    upload.refresh_from_db()
    assert upload.closed_at
    assert Scan.objects.get(complete=True).members_processed == 6
    assert standing(gone).left_at == upload.observed_at


def test_a_corrected_row_counts_as_corrected(upload, waiting, sam):
    accept(upload.pk, waiting.pk, waiting.version, as_read(waiting, name="Oxymoron", sim_power=5), sam)
    assert standing(Member.objects.get(display_name="Oxymoron")).sim_power == 5


def test_a_row_assigned_to_a_member_is_found_by_that_spelling_from_then_on(upload, waiting, guild, sam):
    other = new_member(guild, "Zed", on_day(-7))
    accept(upload.pk, waiting.pk, waiting.version, as_read(waiting, member=other.pk), sam)
    assert standing(other).sim_power == NEW.power
    assert MemberAlias.objects.get(member=other).name == NEW.name
    assert not Member.objects.filter(display_name=NEW.name).exists()
    other.refresh_from_db()
    assert other.display_name == "Zed"


def test_a_new_member_may_be_called_nearly_like_another(guild, bob_keeps, rings, work, sam):
    measure(new_member(guild, NEW.name + "s", on_day(-7)), on_day(-7), sim=NEW.power)
    boxed(bob_keeps, [page(MEMBERS)])
    work()
    finding = Finding.objects.get(name=NEW.name)
    assert finding.reasons
    accept(finding.upload_id, finding.pk, 0, as_read(finding, is_new=True), sam)
    assert standing(Member.objects.get(display_name=NEW.name)).sim_power == NEW.power
    assert standing(Member.objects.get(display_name=NEW.name + "s")).last_seen_at == on_day(-7)


def test_an_accepted_jump_counts_however_large_it_is(guild, bob_keeps, rings, work, sam):
    for member in MEMBERS:
        measure(
            new_member(guild, member.name, on_day(-7)), on_day(-7), sim=member.power * (100 if member is NEW else 1)
        )
    boxed(bob_keeps, [page(MEMBERS)])
    work()
    finding = Finding.objects.get(state="open")
    assert standing(finding.member).sim_power == NEW.power * 100
    accept(finding.upload_id, finding.pk, 0, as_read(finding, member=finding.member_id), sam)
    assert standing(finding.member).sim_power == NEW.power
    assert not Correction.objects.exists()


def test_a_skipped_row_touches_nobody_and_the_scan_is_not_complete(upload, waiting, sam):
    skip(upload.pk, waiting.pk, waiting.version, sam)
    upload.refresh_from_db()
    assert upload.closed_at
    assert not Member.objects.filter(display_name=NEW.name).exists()
    assert not Scan.objects.filter(complete=True).exists()


def test_a_skipped_row_can_be_taken_up_again(upload, waiting, sam):
    skip(upload.pk, waiting.pk, 0, sam)
    reopen(upload.pk, waiting.pk, 1, sam)
    accept(upload.pk, waiting.pk, 2, as_read(waiting), sam)
    assert standing(Member.objects.get(display_name=NEW.name)).sim_power == NEW.power


def test_all_safe_rows_are_accepted_at_once_and_the_doubtful_ones_stay(guild, bob_keeps, rings, work, sam):
    for member in KNOWN:
        measure(new_member(guild, member.name, on_day(-7)), on_day(-7), sim=member.power - 1)
    boxed(bob_keeps, [page(MEMBERS)], hold=True)
    work()
    upload = Upload.objects.get()
    assert accept_safe(upload.pk, sam) == 5
    assert accept_safe(upload.pk, sam) == 0
    assert [finding.name for finding in upload.findings.filter(state="open")] == [NEW.name]
    assert Latest.objects.filter(sim_power__in=[member.power for member in KNOWN]).count() == 5


def test_who_comes_second_is_told(upload, waiting, sam, alice):
    accept(upload.pk, waiting.pk, waiting.version, as_read(waiting), sam)
    with pytest.raises(DecidedMeanwhile, match="sam has decided this row meanwhile: accepted"):
        skip(upload.pk, waiting.pk, waiting.version, alice)
    waiting.refresh_from_db()
    assert waiting.state == "accepted"


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_decides(guild, bob_keeps, work, sam, alice):
    new_member(guild, "Somebody", on_day(-7))
    boxed(bob_keeps, [page(MEMBERS)])
    work()
    finding = Finding.objects.filter(state="open").first()
    outcomes, start = [], threading.Barrier(2)

    def decide(what, *arguments):
        start.wait()
        try:
            what(finding.upload_id, finding.pk, finding.version, *arguments)
            outcomes.append("decided")
        except DecidedMeanwhile:
            outcomes.append("told")
        finally:
            connection.close()

    both = [
        threading.Thread(target=decide, args=(accept, as_read(finding), sam)),
        threading.Thread(target=decide, args=(skip, alice)),
    ]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(outcomes) == ["decided", "told"]


def test_a_row_without_power_or_name_is_not_accepted(upload, waiting, sam):
    with pytest.raises(CannotDecide, match="power"):
        accept(upload.pk, waiting.pk, 0, as_read(waiting, sim_power=None), sam)
    with pytest.raises(CannotDecide, match="name"):
        accept(upload.pk, waiting.pk, 0, as_read(waiting, name=" "), sam)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.version) == ("open", 0)


def test_a_row_goes_to_no_member_of_another_guild(upload, waiting, sam):
    from guilds.models import Guild

    stranger = new_member(Guild.objects.create(id="998877665544332211", name="Other"), "Stranger")
    with pytest.raises(CannotDecide):
        accept(upload.pk, waiting.pk, 0, as_read(waiting, member=stranger.pk), sam)


def test_a_row_of_another_upload_is_not_found(upload, waiting, sam):
    with pytest.raises(UploadNotFound):
        skip(new_id(), waiting.pk, 0, sam)
    with pytest.raises(UploadNotFound):
        skip(upload.pk, waiting.pk + 1000, 0, sam)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": "Oxym", "sim": "19,551,368"}, Said("Oxym", 19_551_368, None, is_new=True)),
        ({"name": " Oxym ", "total": "1.5M"}, Said("Oxym", None, 1_500_000, is_new=True)),
        ({"member": "Nobody", "sim": "1"}, "Nobody in this club is called Nobody"),
        ({"name": "Oxym", "sim": "a lot"}, "Sim power: This is not a number."),
        ({"name": "Oxym", "total": "-5"}, "Total power: A power is not negative."),
    ],
)
def test_what_a_reviewer_types_is_understood_or_refused_in_words(guild, form, said):
    if isinstance(said, Said):
        assert said_in(form, GUILD, is_new=False) == said
    else:
        with pytest.raises(CannotDecide, match=said):
            said_in(form, GUILD, is_new=False)


def test_a_member_is_named_by_name_key_or_alias(guild):
    member = new_member(guild, "Café Olé")
    MemberAlias.objects.create(guild=guild, member=member, alias_key="kaffee", name="Kaffee")
    for name in ("Café Olé", "cafe ole", "Kaffee"):
        assert said_in({"name": "x", "member": name, "sim": "1"}, GUILD, is_new=False).member == member.pk
