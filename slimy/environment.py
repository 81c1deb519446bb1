"""Typed values from the environment, or from `.env` beside manage.py. What makes no sense stops the start."""

import hashlib
import os
import re
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

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


def secret(variable: str) -> str:
    """Something long enough not to be guessed."""
    value = str(env.str(variable, default=""))
    if len(value) < 32:
        raise refuse(variable, "must be set to at least 32 random characters")
    return value


def optional_secret(variable: str) -> str:
    """As `secret`, or "" when there is none."""
    return secret(variable) if env.str(variable, default="") else ""


def shared_folder(purpose: str, *installation: object) -> str:
    """A folder that all processes of one installation on this machine find, and no other installation does."""
    name = hashlib.sha256(repr((str(BASE_DIR), *installation)).encode()).hexdigest()[:12]
    return str(Path(tempfile.gettempdir()) / f"slimy-{purpose}-{os.geteuid()}-{name}")
