"""A guild seen as its club: what staff look at in the admin."""

from typing import ClassVar

from guilds.models import Guild


class Club(Guild):
    """A guild's club. No table of its own."""

    class Meta:
        proxy = True
        app_label = "clubs"
        default_permissions: ClassVar[tuple[str, ...]] = ("view",)
