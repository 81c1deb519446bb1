"""docs/configuration.md lists every variable that is read, with the default that it has, and no other."""

import ast
import re

import pytest

from tests.conftest import ROOT

READERS = {"number", "choice", "flag", "rate", "url", "web_address", "secret", "optional_secret", "word", "hosts"}
ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]+)`(?:, `([A-Z0-9_]+)`)? \| ([^|]*) \|", re.MULTILINE)
OF_OTHERS = {
    "OMP_NUM_THREADS",
    "PROMETHEUS_MULTIPROC_DIR",
    "PATH",
    "XDG_STATE_HOME",
    "DJANGO_SETTINGS_MODULE",
    "PYTEST_XDIST_WORKER",
    "TERM",
}


def calls():
    """Each call that reads a variable: its name and its default, None when that isn't a constant."""
    for folder in ("slimy", "chat", "clubs", "guilds"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.name == "environment.py" and path.parent.name == "slimy":
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and node.args and reads(node.func) and is_name(node.args[0]):
                    yield node.args[0].value, default_of(node)
                elif isinstance(node, ast.Subscript) and is_environ(node.value) and is_name(node.slice):
                    yield node.slice.value, None


def reads(function):
    if isinstance(function, ast.Name):
        return function.id in READERS
    if not isinstance(function, ast.Attribute):
        return False
    of_env = (
        isinstance(function.value, ast.Name) and function.value.id == "env" and function.attr in ("str", "list", "json")
    )
    return of_env or (is_environ(function.value) and function.attr in ("get", "pop"))


def is_environ(node):
    return isinstance(node, ast.Attribute) and node.attr == "environ"


def is_name(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isupper()


def default_of(node):
    given = [keyword.value for keyword in node.keywords if keyword.arg == "default"]
    if isinstance(node.func, ast.Name) and node.func.id in ("number", "rate"):
        given += node.args[1:2]
    return given[0].value if given and isinstance(given[0], ast.Constant) else None


def rows():
    text = (ROOT / "docs" / "configuration.md").read_text()
    return {name: default.strip() for first, second, default in ROW.findall(text) for name in (first, second) if name}


def test_what_is_read_is_listed_and_what_is_listed_is_read():
    read = {name for name, _ in calls()} - OF_OTHERS
    assert {"DATABASE_URL", "SECRET_KEY", "JOBS_SECONDS", "HSTS_SECONDS", "SLIMY_DATA"} <= read
    assert sorted(read ^ set(rows())) == []


@pytest.mark.parametrize(
    ("name", "default"), sorted({(n, d) for n, d in calls() if d not in (None, "") and n in rows()}, key=str)
)
def test_the_default_is_as_listed(name, default):
    shown = str(int(default)) if isinstance(default, bool) else str(default)
    assert rows()[name].startswith(f"`{shown}`")
