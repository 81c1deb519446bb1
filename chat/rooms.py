"""The rooms of guilds: who may read and write there, and what is shown of a message.

A guild's room is for its members of role club and admin; what is `admin_only` is for admins. The room "admin-global"
is for whoever is admin of any guild. Superusers are admins everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet

from chat.models import ITEMS_PER_JOB, GuildMessage
from chat.room_documents import ADMIN_GLOBAL, COLORS
from guilds.exceptions import GuildNotFound, RoleTooLow
from guilds.models import Guild, Membership, Role
from guilds.permissions import require, role_in
from slimy.accounts.models import User
from slimy.jobs.models import Job
from slimy.jobs.registry import Data
from slimy.snowflakes import is_snowflake
from slimy.wire import instant


def refuse_unless_room(room: str) -> None:
    """Raise GuildNotFound for what can't be a room's id."""
    if room != ADMIN_GLOBAL and not is_snowflake(room):
        raise GuildNotFound


def require_room(user: User, room: str, least: Role = Role.CLUB) -> Role:
    """The user's role in a room, at least `least`. Raises GuildNotFound, NotInGuild, RoleTooLow."""
    if room == ADMIN_GLOBAL:
        if not user.is_superuser and not Membership.objects.filter(user=user, role=Role.ADMIN).exists():
            raise RoleTooLow
        return Role.ADMIN
    role = require(user, room, least, known=role_in)
    if user.is_superuser and not Guild.objects.filter(pk=room).exists():
        raise GuildNotFound
    return role


def may_write(owner: User, data: Data) -> None:
    """For jobs: the owner may say this in the room that the payload names. Raises as `require_room`."""
    require_room(owner, data["guild_id"], Role.ADMIN if data["admin_only"] else Role.CLUB)


def say(job: Job, room: str, contents: Sequence[str], *, admin_only: bool, bot_name: str = "") -> list[GuildMessage]:
    """Add messages of the job's owner, in the order of acceptance; the last of several is the bot's reply."""
    is_global = room == ADMIN_GLOBAL
    last = len(contents) - 1
    return GuildMessage.objects.bulk_create(
        GuildMessage(
            **({"id": job.pk} if place == last else {}),
            guild_id=None if is_global else room,
            author=None if bot_name and place == last else job.owner,
            bot_name=bot_name if place == last else "",
            content=content,
            admin_only=admin_only or is_global,
            position=job.number * ITEMS_PER_JOB + place,
            created_at=job.created_at,
        )
        for place, content in enumerate(contents)
    )


def history(room: str, role: Role) -> QuerySet[GuildMessage]:
    """What somebody of this role may read in a room, newest first."""
    guild_id = None if room == ADMIN_GLOBAL else room
    messages = GuildMessage.objects.filter(guild_id=guild_id).order_by("-position")
    messages = messages.select_related("author").defer("author__password")  # which a worker may not read
    return messages if role >= Role.ADMIN else messages.filter(admin_only=False)


def message_documents(room: str, messages: Iterable[GuildMessage]) -> list[dict[str, Any]]:
    """Messages of a room as JSON; the roles of their authors cost one statement."""
    shown = list(messages)
    authors = {message.author_id for message in shown}
    roles = dict(Membership.objects.filter(guild_id=room, user__in=authors).values_list("user_id", "role"))
    return [
        {
            "id": str(message.pk),
            "guildId": room,
            "author": _author(message, _role(room, message, roles)),
            "content": message.content,
            "adminOnly": message.admin_only,
            "createdAt": instant(message.created_at),
        }
        for message in shown
    ]


def _role(room: str, message: GuildMessage, roles: dict[int, int]) -> str:
    if message.bot_name:
        return "bot"
    if message.author is None:
        return "former"
    if room == ADMIN_GLOBAL or message.author.is_superuser:
        return Role.ADMIN.wire
    role = roles.get(message.author.pk)
    return "former" if role is None else Role(role).wire


def _author(message: GuildMessage, role: str) -> dict[str, str]:
    name = message.bot_name or (message.author.get_username() if message.author else "(deleted)")
    return {"name": name, "role": role, "color": COLORS[role]}
