"""`manage.py ocr_accuracy`: what it counts as right, missed, invented, and what nobody would be asked about."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from clubs.review.found import Findings, Found
from clubs.screenshots.accuracy import score_of
from tests.screenshots.drawn import scan

pytestmark = pytest.mark.usefixtures("recorded_engine")

STONE = {"name": "Stone", "power": 100, "last_seen": "Online", "cut_off": False}
CUT = {"name": "Edge", "power": None, "last_seen": None, "cut_off": True}


def found(name, power, seen="Online", *reasons):
    row = Found(0, 0, None, name, power, last_seen=seen)
    row.reasons += [{"code": code, "message": ""} for code in reasons]
    return row


def score(labels, *rows):
    return score_of(labels, Findings(list(rows), [], None, is_members=True))


@pytest.fixture
def folder(tmp_path):
    """Two drawn screenshots of ten members, labelled."""
    members, pictures = scan()
    labels = {}
    for number, picture in enumerate(pictures):
        picture.save(tmp_path / f"{number}.png")
        shown = members[number * 4 : number * 4 + 6]
        rows = [{"name": one.name, "power": one.power, "last_seen": one.seen, "cut_off": False} for one in shown]
        labels[f"{number}.png"] = {"metric": "sim", "members_shown": "10/10", "rows": rows}
    (tmp_path / "labels.json").write_text(json.dumps(labels))
    return tmp_path


def measured(folder, *options):
    out = io.StringIO()
    call_command("ocr_accuracy", str(folder), *options, stdout=out)
    return out.getvalue()


def test_it_measures_a_folder_as_an_upload_is_read(folder):
    said = json.loads(measured(folder, "--json"))
    assert [said["all"][name] for name in ("rows", "whole", "missed", "invented")] == [12, 12, 0, 0]
    assert said["merged"] == {"members": 10, "exact": 10, "invented": 0, "counted": True}
    assert set(said["pictures"]) == {"0.png", "1.png"}


def test_it_prints_a_table_for_people(folder):
    assert "merged: 10 of 10 members exact, 0 invented, as many as the screen says" in measured(folder)


def test_a_folder_without_labels_is_an_error(tmp_path, folder):
    (folder / "labels.json").write_text("[")
    with pytest.raises(CommandError):
        measured(folder)


def test_without_ocr_it_says_what_to_install(folder, settings):
    settings.OCR = {**settings.OCR, "INSTALLED": False}
    with pytest.raises(CommandError, match="This installation"):
        measured(folder)


def test_a_row_is_right_when_all_of_it_is():
    one = score([STONE], found("Stone", 100))
    assert (one.whole, one.names, one.powers, one.last_seen, one.unflagged) == (1, 1, 1, 1, 0)


@pytest.mark.parametrize(("reasons", "unflagged"), [((), 1), (("unsteady_name",), 0)])
def test_a_wrong_name_is_found_by_its_power_and_counts_as_flagged_or_not(reasons, unflagged):
    one = score([STONE], found("Stome", 100, "Online", *reasons))
    assert (one.whole, one.names, one.powers, one.missed, one.unflagged) == (0, 0, 1, 0, unflagged)


def test_what_is_not_there_is_missed_and_what_stands_in_no_label_is_invented():
    one = score([STONE], found("Ghost", 7))
    assert (one.missed, one.invented, one.unflagged) == (1, 1, 1)


def test_rows_that_are_cut_off_may_be_read_or_not():
    assert score([CUT]).missed == 0
    assert score([CUT], found("Edge", 5)).invented == 0
