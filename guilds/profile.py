"""What guilds add to `GET /api/users/me`."""

from typing import Any

from guilds.reads import guilds_of
from slimy.accounts.models import User
from slimy.accounts.profile import PROFILE


@PROFILE.add("guilds")
def guilds(user: User) -> list[dict[str, Any]]:
    """The user's guilds with roles."""
    return guilds_of(user)
