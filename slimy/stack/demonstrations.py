"""Each app's `demo.py`: what to seed on the first start, and what to show in `make demo`."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Protocol, cast

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from slimy.accounts.models import User
from slimy.stack.tour import Tour


class Demonstration(Protocol):
    """What a `demo.py` offers."""

    def seed(self, users: Mapping[str, User]) -> None:
        """Make data for the demo users by name; called once, on an empty database."""

    def tour(self, tour: Tour) -> None:
        """Show every job type of the app at least once."""


def demonstrations() -> Iterator[Demonstration]:
    """The `demo.py` of every installed app that has one."""
    for app in apps.get_app_configs():
        if app.module and module_has_submodule(app.module, "demo"):
            yield cast("Demonstration", import_module(f"{app.name}.demo"))
