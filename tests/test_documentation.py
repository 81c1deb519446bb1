"""What the pages point to exists: links, files, commands, units, containers."""

import re
import shlex

import pytest
import yaml
from django.core.management import get_commands

from slimy.settings import QUEUES
from tests.conftest import ROOT
from tests.test_configuration_page import rows

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
FILES = ROOT / "docs" / "operations" / "files"
UNITS = sorted(FILES.glob("*.service"))
VARIABLE = re.compile(r"\b([A-Z][A-Z0-9_]{3,}?)(?:_FILE)?=")
OF_OTHERS = {
    "WORKERS",
    "WEB_PROCESSES",
    "WEB_THREADS",
    "WEB_PORT",
    "WEB_HOST",
    "POSTGRES_USER",
    "POSTGRES_DB",
    "POSTGRES_PASSWORD",
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    local = [target.partition("#")[0] for target in targets if not target.startswith(("http:", "https:", "#"))]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist(page):
    named = set(re.findall(r"manage\.py ([a-z][a-z_-]+)", page.read_text()))
    assert sorted(named - set(get_commands()) - {"that"}) == []


def test_every_page_is_in_the_index():
    index = (ROOT / "docs" / "README.md").read_text()
    pages = [str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md") if page.name != "README.md"]
    assert [page for page in pages if f"({page})" not in index] == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_run_what_there_is_and_stop_it_gracefully(unit):
    text = unit.read_text()
    lines = dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    command = shlex.split(lines["ExecStart"])
    if "manage.py" in command:
        assert command[command.index("manage.py") + 1] in get_commands()
    environment = " ".join(re.findall(r"^Environment=(.*)", text, re.MULTILINE))
    assert set(VARIABLE.findall(environment)) <= set(rows()) | OF_OTHERS
    for name in re.findall(r"LoadCredential=(\w+):", text):
        assert f"{name}_FILE=%d/{name}" in environment.split()
    if "oneshot" not in lines["Type"]:
        assert (lines["KillMode"], int(lines["TimeoutStopSec"])) == ("mixed", 30)
    assert {lines["NoNewPrivileges"], lines["ProtectHome"], lines["PrivateTmp"]} == {"yes"}


def test_the_file_of_variables_sets_what_is_read():
    text = (FILES / "slimy.env").read_text()
    assert set(re.findall(r"^([A-Z_]+)=", text, re.MULTILINE)) <= set(rows())


def test_the_compose_file_fits_the_program():
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    for name, service in compose["services"].items():
        assert set(service["secrets"]) <= set(compose["secrets"]), name
        assert set(service["networks"]) <= set(compose["networks"]), name
        if service["image"] != "slimy":
            continue
        set_here = {variable.removesuffix("_FILE") for variable in service["environment"]}
        assert set_here <= set(rows()), name
        command = service.get("command", [])
        assert not command or command[2] in get_commands()
        assert "rqworker" not in command or command[3] in QUEUES
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True


def test_the_image_holds_what_the_program_needs_and_nothing_else():
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert ignored[0] == "*"
    text = (ROOT / "Containerfile").read_text()
    copied = [word for line in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE) for word in line.split()]
    assert sorted(copied) == sorted(name.removeprefix("!") for name in ignored if name.startswith("!"))
    assert all((ROOT / name).exists() for name in copied)
    assert "USER slimy" in text.split("CMD")[0]
