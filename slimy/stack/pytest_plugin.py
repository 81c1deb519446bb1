"""Servers for plain `pytest`: `-p slimy.stack.pytest_plugin` in pyproject.toml.

They have to be up before pytest-django reads the settings, so this wraps the hook in which it does that.
DATABASE_URL and REDIS_URL set by hand are left as they are. Each process of pytest-xdist (`-n 2`) has a database of
its own from pytest-django and a Valkey of its own from here; of a Redis set by hand, two of its numbered databases.
"""

import os
from collections.abc import Generator
from functools import partial
from urllib.parse import urlsplit

import pytest

from slimy.stack import environment
from slimy.stack.errors import StackError
from slimy.stack.throwaway import Throwaway

# `pytest --help` reads the settings too, but connects to nothing.
UNUSED = {"DATABASE_URL": "postgres://nobody@127.0.0.1/nothing", "REDIS_URL": "redis://127.0.0.1/0"}


EMBEDDED = "PYTEST_EMBEDDED_REDIS"  # set for the processes of pytest-xdist when REDIS_URL is ours


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start what is missing; `add_cleanup` stops it however pytest ends."""
    if process := os.environ.get("PYTEST_XDIST_WORKER"):
        _part_from_others(int(process.removeprefix("gw")))
    wanted = early_config.known_args_namespace
    variables = environment.missing()
    if variables and (wanted.help or wanted.version):
        os.environ.update(environment.for_application({name: UNUSED[name] for name in variables}))
    elif variables:
        _provide(variables, early_config)
    yield


def _part_from_others(number: int) -> None:
    if EMBEDDED in os.environ:
        del os.environ["REDIS_URL"]
        return
    url = urlsplit(os.environ["REDIS_URL"])
    os.environ["REDIS_URL"] = url._replace(path=f"/{2 * number}").geturl()
    os.environ["CACHE_URL"] = url._replace(path=f"/{2 * number + 1}").geturl()


def _provide(variables: set[str], config: pytest.Config) -> None:
    servers = Throwaway(variables)
    try:
        values = servers.__enter__()
    except StackError as error:
        raise pytest.UsageError(str(error)) from error
    config.add_cleanup(servers.stop)
    if "REDIS_URL" in variables:
        values[EMBEDDED] = "1"
    os.environ.update(values)
    for name in values:
        config.add_cleanup(partial(_forget, name))


def _forget(name: str) -> None:
    os.environ.pop(name, None)
