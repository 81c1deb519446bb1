"""The list of error codes in docs/api.md is closed."""

import re

from slimy.exceptions import SlimyError
from slimy.problems import CODES, DJANGO
from tests.conftest import ROOT

SOURCES = [path for app in ("slimy", "chat", "guilds", "clubs") for path in (ROOT / app).rglob("*.py")]
TABLE = re.compile(r"^\| `(\w+)` \| ([\d, ]*)\|(?: J)? \|", re.MULTILINE)
WRITTEN = re.compile(r"(?:problem|page)\(\s*(\d{3}), \"(\w+)\"")
IN_SQL = re.compile(r"'code', '(\w+)'")


def kinds(root=SlimyError):
    """All classes of errors but the tests' own."""
    ours = [kind for kind in root.__subclasses__() if not kind.__module__.startswith("tests.")]
    return [root, *(kind for child in ours for kind in kinds(child))]


def documented():
    """Code → statuses."""
    rows = TABLE.findall((ROOT / "docs" / "api.md").read_text())
    return {code: {int(status) for status in statuses.split(",") if status.strip()} for code, statuses in rows}


def raised():
    """(code, status) of all errors that the code can answer with; status None in the ledger only."""
    text = "\n".join(path.read_text() for path in SOURCES)
    drf = {(code, getattr(kind, "status_code", None)) for kind, code in CODES.items()}
    django = {(code, status) for status, code, _ in DJANGO.values()}
    return {
        *((kind.code, kind.status) for kind in kinds()),
        *drf,
        *django,
        *((code, int(status)) for status, code in WRITTEN.findall(text)),
        *((code, None) for code in IN_SQL.findall(text)),
    }


def test_every_code_is_documented_and_every_documented_code_exists():
    assert {code for code, _ in raised()} == set(documented())


def test_every_code_comes_with_the_documented_status():
    table = documented()
    assert [(code, status) for code, status in raised() if status and status not in table[code]] == []


def test_every_public_text_is_a_sentence():
    for kind in kinds():
        assert kind.public_text().endswith(".")
