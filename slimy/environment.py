"""Typed values from the environment, from `.env` beside manage.py, or from files. What makes no sense stops the start.

Every variable X may also be given as X_FILE, the path of a file with the value: so containers and systemd hand over
secrets.
"""

import hashlib
import os
import re
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping


class _Variables(FileAwareMapping):
    """The environment, with X read from X_FILE where that is set."""

    def __getitem__(self, key: str) -> str:
        if path := self.env.get(f"{key}_FILE"):
            if self.env.get(key):
                raise refuse(key, f"is set, and {key}_FILE too; only one of them can count")
            try:
                return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
            except (OSError, ValueError) as error:
                raise refuse(f"{key}_FILE", f"{path} can't be read ({type(error).__name__})") from error
        value: str = self.env[key]
        return value


class _Env(environ.Env):
    ENVIRON = _Variables()


BASE_DIR = Path(__file__).resolve().parent.parent
env = _Env()
environ.Env.read_env(BASE_DIR / ".env")

_EXAMPLE = re.compile(r"django-insecure|change.?me|at least \d+ random|your.?secret", re.IGNORECASE)
_RATE = re.compile(r"[1-9]\d{0,8}/(s|m|h|d|sec|min|hour|day|second|minute)")


def refuse(variable: str, problem: str) -> ImproperlyConfigured:
    """The error for a variable that can't be used."""
    return ImproperlyConfigured(f"{variable}: {problem}. See docs/configuration.md.")


def number(variable: str, default: int, least: int = 1) -> int:
    """A whole number ≥ `least`."""
    try:
        value = int(env.int(variable, default=default))
    except ValueError as error:
        raise refuse(variable, "must be a whole number") from error
    if value < least:
        raise refuse(variable, f"must be at least {least}")
    return value


def choice(variable: str, options: tuple[str, ...], default: str) -> str:
    """One of some words."""
    value = str(env.str(variable, default=default))
    if value not in options:
        raise refuse(variable, f"must be one of {', '.join(options)}")
    return value


def flag(variable: str, *, default: bool) -> bool:
    """1 or 0."""
    return choice(variable, ("0", "1"), default=str(int(default))) == "1"


def rate(variable: str, default: str) -> str:
    """A number of requests a time, as DRF reads it: 100/min."""
    value = str(env.str(variable, default=default))
    if not _RATE.fullmatch(value):
        raise refuse(variable, "must look like 100/min")
    return value


def url(variable: str, schemes: tuple[str, ...], example: str, default: str = "") -> str:
    """An URL with one of `schemes`."""
    value = str(env.str(variable, default=default)) or default
    if urlsplit(value).scheme not in schemes:
        raise refuse(variable, f"must be set to something like {example} (`make run` brings servers of its own)")
    return value


def web_address(variable: str, default: str) -> str:
    """An URL of a web server."""
    value = url(variable, ("http", "https"), default, default=default)
    if not urlsplit(value).hostname:
        raise refuse(variable, f"must be set to something like {default}")
    return value


def word(variable: str, default: str = "") -> str:
    """Something that can stand in the header of a request: visible ASCII, or nothing."""
    value = str(env.str(variable, default=default)).strip()
    if not re.fullmatch("[!-~]*", value):
        raise refuse(variable, "must be visible ASCII characters without a space")
    return value


def secret(variable: str, least: int = 32) -> str:
    """Something long enough not to be guessed, and not what an example says."""
    value = str(env.str(variable, default=""))
    if len(value) < least or len(set(value)) < 10 or _EXAMPLE.search(value):
        raise refuse(variable, f"must be set to at least {least} random characters")
    return value


def optional_secret(variable: str) -> str:
    """As `secret`, or "" when there is none."""
    return secret(variable) if env.str(variable, default="") else ""


def shared_folder(purpose: str, *installation: object) -> str:
    """A folder that all processes of one installation on this machine find, and no other installation does."""
    name = hashlib.sha256(repr((str(BASE_DIR), *installation)).encode()).hexdigest()[:12]
    return str(Path(tempfile.gettempdir()) / f"slimy-{purpose}-{os.geteuid()}-{name}")


def hosts(variable: str, default: list[str], *, exact: bool) -> list[str]:
    """Names of hosts; patterns of names only where they needn't be `exact`, and never every name."""
    values = [str(name) for name in env.list(variable, default=default)]
    for name in values:
        if "*" in name or (exact and name.startswith(".")):
            raise refuse(variable, f"must name each host; {name!r} stands for many")
    return values
