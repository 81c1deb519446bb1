"""Corrections in the admin: added, replaced, removed, never edited."""

import pytest

from clubs.corrections import correct, monday_of
from clubs.models import Correction
from tests.admin.clubs import *  # noqa: F403
from tests.admin.clubs import CORRECTIONS, GUILD, ago, correction_of, listed, logged, page_of, said
from tests.admin.conftest import HOSTILE, text
from tests.club import standing

pytestmark = pytest.mark.django_db


def test_a_correction_is_added_in_any_form_for_the_week_of_a_day(cara, stone):
    cara.post(f"{CORRECTIONS}add/", correction_of(stone, week=f"{ago(days=7):%Y-%m-%d}", value="1.15M"))
    correction = Correction.objects.get()
    assert (correction.value, correction.week) == (1_150_000, monday_of(ago(days=7).date()))
    assert (correction.author.username, correction.guild_id) == ("cara", GUILD)
    assert standing(stone).sim_previous == 1_150_000
    assert logged(stone) == [f"Corrected Sim power, week of {correction.week}, to 1,150,000. Reason: Read wrongly."]


def test_a_second_correction_takes_the_place_of_the_first(cara, stone):
    for value in ("1M", "2M"):
        cara.post(f"{CORRECTIONS}add/", correction_of(stone, value=value))
    assert [(one.value, bool(one.removed_at)) for one in Correction.objects.order_by("pk")] == [
        (1_000_000, True),
        (2_000_000, False),
    ]
    assert len(listed(cara, f"{CORRECTIONS}?removed=no")) == len(listed(cara, f"{CORRECTIONS}?removed=yes")) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("value", "-5"), ("value", "many"), ("value", "1.234"), ("value", str(10**16)), ("value", ""),
        ("week", "2999-01-01"), ("week", "1999-01-01"), ("week", "yesterday"), ("metric", "charm"),
        ("reason", " "), ("reason", "x" * 501), ("member", "99999"), ("member", "x"), ("member", "9" * 40),
    ],
)  # fmt: skip
def test_a_correction_that_makes_no_sense_is_refused(cara, stone, field, value):
    response = cara.post(f"{CORRECTIONS}add/", correction_of(stone) | {field: value})
    assert list(response.context["adminform"].form.errors) == [field]
    assert not Correction.objects.exists()


def test_the_form_of_a_correction_may_name_its_member(cara, stone):
    assert "selected" in text(cara.get(f"{CORRECTIONS}add/?member={stone.pk}"))
    for wrong in ("x", "99999", "9" * 40, "-1"):
        assert cara.get(f"{CORRECTIONS}add/?member={wrong}").status_code == 200, wrong


def test_a_correction_is_removed_with_a_reason_and_never_edited(cara, stone, alice):
    correction = correct(stone, "sim", ago(days=7).date(), 1_150_000, HOSTILE, alice)
    page = f"{CORRECTIONS}{correction.pk}/remove/"
    assert HOSTILE not in text(cara.get(page))
    assert cara.post(page, {"reason": ""}).context["form"].errors
    assert standing(stone).sim_previous == 1_150_000
    assert cara.post(page, {"reason": "It was right."}).url == page_of(stone)
    correction.refresh_from_db()
    assert correction.removed_by.username == "cara"
    assert standing(stone).sim_previous == 1_100_000
    assert "It was right." in logged(stone)[0]
    assert "removed before" in said(cara.post(page, {"reason": "Again."}, follow=True))
    for verb in ("change", "delete"):
        assert cara.post(f"{CORRECTIONS}{correction.pk}/{verb}/", {"value": "1", "post": "yes"}).status_code == 403
    assert text(cara.get(page_of(correction, CORRECTIONS))).count("1,150,000") == 1


def test_members_are_offered_with_their_guild(cara, stone, elsewhere):
    asked = "/admin/autocomplete/?app_label=clubs&model_name=correction&field_name=member&term=s"
    found = {entry["text"] for entry in cara.get(asked).json()["results"]}
    assert found == {"Stone (Snail Keepers)", "Slug (Slugs)"}
