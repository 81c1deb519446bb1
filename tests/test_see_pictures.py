"""The real engine on pictures that we draw: models in the wheel, no network, names and numbers right."""

import io
import json
import subprocess
import sys

import pytest
from PIL import Image

from clubs.ocr import read
from clubs.vision import load, see
from tests.conftest import ROOT
from tests.screenshots.drawn import as_file, scan

ENGINE = "clubs.screenshots.rapid.RapidEngine"
READ = """
import io, json, socket, sys
from unittest.mock import patch

def refuse(*arguments, **options):
    raise AssertionError("network")

with patch.object(socket.socket, "connect", refuse), patch("socket.getaddrinfo", refuse):
    from dataclasses import asdict
    from PIL import Image
    from clubs.vision import load, see
    engine = load(sys.argv[1])
    for path in sys.argv[2:]:
        print(json.dumps(asdict(see(Image.open(path).convert("RGB"), engine))))
"""


@pytest.fixture(scope="module")
def engine():
    return load(ENGINE)


def test_models_ship_in_the_wheel_and_a_picture_is_read_without_network(tmp_path):
    members, pictures = scan()
    pictures[0].save(tmp_path / "picture.png")
    arguments = [sys.executable, "-c", READ, ENGINE, tmp_path / "picture.png"]
    seen = subprocess.run(arguments, cwd=ROOT, capture_output=True, check=True)
    page = read({"boxes": json.loads(seen.stdout)["boxes"]})
    assert {(row.name, row.sim_power, row.last_seen) for row in page.readings} == {
        (member.name, member.power, member.seen) for member in members[:6]
    }
    assert page.problems == ()
    assert page.members_shown == len(members)


def test_small_and_squeezed_pictures_keep_their_numbers(engine):
    members, pictures = scan()
    small = pictures[0].resize((720, 1565), Image.Resampling.LANCZOS)
    squeezed = Image.open(io.BytesIO(as_file(small, "JPEG", quality=60)))
    page = read({"boxes": see(squeezed, engine).boxes})
    assert [row.sim_power for row in page.readings] == [member.power for member in members[:6]]


def test_names_that_the_engine_misses_are_read_from_the_full_size(engine):
    members, pictures = scan()
    names = {member.name for member in members}

    class Blind:
        """Misses every name on the whole picture."""

        def read(self, picture):
            return [text for text in engine.read(picture) if text.text not in names]

        def lines(self, crops):
            return engine.lines(crops)

    page = read({"boxes": see(pictures[0], Blind()).boxes})
    assert [row.name for row in page.readings] == [member.name for member in members[:6]]


def test_a_picture_without_text_has_no_boxes(engine):
    assert see(Image.new("RGB", (1000, 200), "navy"), engine).boxes == []
