"""Files that aren't what they say: each gets a clear 400, and nothing is stored."""

import io
import struct
import zipfile
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from clubs.models import Screenshot, Upload
from clubs.screenshots.files import BadPicture, picture_of
from guilds.models import Role
from slimy.jobs.models import Job
from tests.conftest import GUILD, assert_problem
from tests.screenshots.drawn import as_file, screenshot

PATH = f"/api/guilds/{GUILD}/club/screenshots"

pytestmark = pytest.mark.usefixtures("recorded_engine")


def plain(kind="PNG", **options):
    return as_file(Image.effect_noise((300, 400), 90).convert("RGB"), kind, **options)


def png_of(width, height, pixels=b""):
    """A PNG whose head claims this size."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


def archive():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("run.sh", "rm -rf /")
    return file.getvalue()


def moving(kind):
    frames = [Image.new("RGB", (300, 300), colour) for colour in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:])
    return file.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"
HOSTILE = {
    "empty": (b"", "not a PNG"),
    "text": (b"hello", "not a PNG"),
    "svg": (SVG, "not a PNG"),
    "renamed pdf": (PDF, "not a PNG"),
    "gif": (as_file(Image.new("RGB", (300, 300)), "GIF"), "not a PNG"),
    "tiff": (as_file(Image.new("RGB", (300, 300)), "TIFF"), "not a PNG"),
    "wave": (b"RIFF\x24\0\0\0WAVEfmt " + bytes(20), "not a WEBP"),
    "only magic": (b"\x89PNG\r\n\x1a\n", "PNG picture that can be read"),
    "truncated png": (plain()[:-4000], "cut short"),
    "truncated jpeg": (plain("JPEG")[:-4000], "cut short"),
    "truncated webp": (plain("WEBP")[:-4000], "cut short"),
    "bomb": (png_of(50_000, 50_000, bytes(1000)), "million pixels"),
    "a little too large": (png_of(5000, 4001), "million pixels"),
    "larger than numbers": (png_of(2**31 - 1, 2**31 - 1), "million pixels"),
    "one pixel": (png_of(1, 1, bytes(4)), "at least 200 pixels"),
    "png and zip": (plain() + archive(), "behind the end"),
    "jpeg and page": (plain("JPEG") + b"<html><script>alert(1)</script></html>", "behind the end"),
    "jpeg and zip that ends as one": (plain("JPEG", progressive=True) + archive() + b"\xff\xd9", "behind the end"),
    "webp and zip": (plain("WEBP") + archive(), "behind the end"),
    "jpeg and pdf": (plain("JPEG", comment=PDF), "not a PNG"),
    "moving png": (moving("PNG"), "moves"),
    "moving webp": (moving("WEBP"), "moves"),
    "too many bytes": (plain() + bytes(8 * 1024 * 1024), "8 MiB"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_refuses_what_is_no_whole_still_picture(guild, bob, joined, api, name, settings, tmp_path):
    content, why = HOSTILE[name]
    files = [SimpleUploadedFile("a.png", plain(), "image/png"), SimpleUploadedFile("b.png", content, "image/png")]
    answer = api(joined(bob, Role.CLUB)).post(PATH, {"pictures": files}, format="multipart")
    assert why in assert_problem(answer, 400, "invalid_input", "pictures.1")["details"]["pictures.1"][0]
    assert [model.objects.count() for model in (Upload, Screenshot, Job)] == [0, 0, 0]
    assert not (tmp_path / "screenshots").exists()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_it_takes_pictures_by_their_content(kind):
    content = plain(kind)
    kept = picture_of(io.BytesIO(content), len(content))
    assert Image.open(io.BytesIO(kept.content)).format == "JPEG"
    assert (kept.width, kept.height) == (300, 400)


def test_it_takes_screenshots_of_samsungs_phones_without_what_these_append():
    directory = b"SEFH" + struct.pack("<III", 106, 1, 0)
    tail = b"Samsung_Capture_Info" + b"Screenshot" + directory + struct.pack("<I", len(directory)) + b"SEFT"
    content = plain("JPEG") + tail
    assert b"Samsung" not in picture_of(io.BytesIO(content), len(content)).content
    for wrong in (tail + b"x", tail.replace(b"SEFH", b"PK\3\4"), bytes(70_000).replace(b"\0", b"x") + tail):
        content = plain("JPEG") + wrong
        with pytest.raises(BadPicture, match="behind the end"):
            picture_of(io.BytesIO(content), len(content))


def test_it_keeps_nothing_but_pixels():
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    content = plain("JPEG", exif=exif, comment=b"by Bob")
    kept = picture_of(io.BytesIO(content), len(content)).content
    assert b"where I live" in content
    assert b"where I live" not in kept
    assert b"by Bob" not in kept
    assert not Image.open(io.BytesIO(kept)).getexif()


def test_the_same_pixels_are_the_same_picture_however_they_are_packed():
    picture = screenshot([])
    one, other = as_file(picture), as_file(picture, "WEBP", lossless=True, exif=b"Exif\0\0")
    assert picture_of(io.BytesIO(one), len(one)).sha256 == picture_of(io.BytesIO(other), len(other)).sha256


def test_it_turns_pictures_as_their_camera_says():
    exif = Image.Exif()
    exif[0x0112] = 6
    content = plain("JPEG", exif=exif)
    kept = picture_of(io.BytesIO(content), len(content))
    assert (kept.width, kept.height) == (400, 300)


def test_it_believes_no_size_that_is_told():
    content = plain() + bytes(9 * 1024 * 1024)
    with pytest.raises(BadPicture):
        picture_of(io.BytesIO(content), 5)


@pytest.mark.parametrize("count", [0, 21])
def test_it_takes_1_to_20_pictures(guild, bob, joined, api, count):
    files = [SimpleUploadedFile("a.png", b"x") for _ in range(count)]
    answer = api(joined(bob, Role.CLUB)).post(PATH, {"pictures": files} if count else {}, format="multipart")
    assert_problem(answer, 400, "invalid_input", "pictures")


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"observedAt": "yesterday"}, "observedAt"),
        ({"observedAt": "2999-01-01T00:00:00Z"}, "observedAt"),
        ({"pageType": "cats"}, "pageType"),
        ({"complete": "perhaps"}, "complete"),
        ({"hold": "1"}, "hold"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_it_refuses_fields_that_make_no_sense(guild, bob, joined, api, form, field):
    body = {"pictures": [SimpleUploadedFile("a.png", plain())], **form}
    assert_problem(api(joined(bob, Role.CLUB)).post(PATH, body, format="multipart"), 400, "invalid_input", field)


def test_it_refuses_files_of_other_fields(guild, bob, joined, api):
    body = {"pictures": [SimpleUploadedFile("a.png", plain())], "extra": SimpleUploadedFile("b.png", plain())}
    assert_problem(api(joined(bob, Role.CLUB)).post(PATH, body, format="multipart"), 400, "invalid_input", "extra")


def test_it_refuses_bodies_that_are_no_form(guild, bob, joined, api):
    client = api(joined(bob, Role.CLUB))
    assert_problem(client.post(PATH, {"pictures": []}), 415, "unsupported_media_type")
    broken = client.post(PATH, b"--x\r\nnonsense", content_type="multipart/form-data; boundary=")
    assert_problem(broken, 400, "invalid_json")


def test_it_refuses_bodies_larger_than_20_pictures(guild, bob, joined, api):
    answer = api(joined(bob, Role.CLUB)).post(
        PATH, b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(200 * 1024 * 1024)
    )
    assert_problem(answer, 413, "body_too_large")


def test_a_guild_that_has_used_up_its_room_is_told(guild, bob, joined, api, settings, tmp_path):
    settings.SCREENSHOTS = {**settings.SCREENSHOTS, "QUOTA_MB": 0}
    body = {"pictures": [SimpleUploadedFile("a.png", plain())]}
    answer = api(joined(bob, Role.CLUB)).post(PATH, body, format="multipart")
    assert_problem(answer, 409, "upload_quota_exceeded")
    assert not Upload.objects.exists()


def test_what_was_stored_is_gone_when_the_upload_fails(guild, bob, joined, api, monkeypatch, tmp_path):
    calls = []

    def create(**values):
        calls.append(values)
        if len(calls) == 2:
            raise RuntimeError

    monkeypatch.setattr(Screenshot.objects, "create", create)
    body = {"pictures": [SimpleUploadedFile("a.png", plain()), SimpleUploadedFile("b.png", as_file(screenshot([])))]}
    answer = api(joined(bob, Role.CLUB)).post(PATH, body, format="multipart")
    assert_problem(answer, 500, "internal_error")
    assert len(calls) == 2
    assert not [file for file in (tmp_path / "screenshots").rglob("*") if file.is_file()]
