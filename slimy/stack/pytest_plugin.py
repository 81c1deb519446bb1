"""Servers for plain `pytest`: `-p slimy.stack.pytest_plugin` in pyproject.toml.

They have to be up before pytest-django reads the settings, so this wraps the hook in which it does that.
DATABASE_URL and REDIS_URL set by hand, and pytest-xdist's own processes, are left as they are.
"""

import os
from collections.abc import Generator
from functools import partial

import pytest

from slimy.stack import environment
from slimy.stack.errors import StackError
from slimy.stack.throwaway import Throwaway

# `pytest --help` reads the settings too, but connects to nothing.
UNUSED = {"DATABASE_URL": "postgres://nobody@127.0.0.1/nothing", "REDIS_URL": "redis://127.0.0.1/0"}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start what is missing; `add_cleanup` stops it however pytest ends."""
    wanted = early_config.known_args_namespace
    variables = environment.missing()
    if variables and (wanted.help or wanted.version):
        os.environ.update(environment.for_application({name: UNUSED[name] for name in variables}))
    elif variables:
        _provide(variables, early_config)
    yield


def _provide(variables: set[str], config: pytest.Config) -> None:
    servers = Throwaway(variables)
    try:
        values = servers.__enter__()
    except StackError as error:
        raise pytest.UsageError(str(error)) from error
    config.add_cleanup(servers.stop)
    os.environ.update(values)
    for name in values:
        config.add_cleanup(partial(_forget, name))


def _forget(name: str) -> None:
    os.environ.pop(name, None)
