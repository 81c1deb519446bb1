"""What the cache knows of a user's conversations is dropped by every change of them; called where they change."""

from collections.abc import Iterable
from uuid import UUID

from guilds.models import Membership
from slimy.cache import invalidate


def guilds_of(owners: Iterable[int]) -> list[str]:
    """The ids of the guilds that these users are in."""
    return list(Membership.objects.filter(user__in=owners).values_list("guild_id", flat=True).distinct())


def conversation_changed(conversation_id: UUID, owner_id: int) -> None:
    """Drop its pages of messages, the owner's counts and the analytics of the owner's guilds; in the transaction."""
    conversations_changed([(conversation_id, owner_id)], guilds_of([owner_id]))


def conversations_changed(changed: Iterable[tuple[UUID, int]], guilds: Iterable[str]) -> None:
    """The same for many (conversation, owner), whose owners are in these guilds."""
    subjects = {f"activity:{guild_id}" for guild_id in guilds}
    for conversation_id, owner_id in changed:
        subjects |= {f"conversation:{conversation_id}", f"chat:{owner_id}"}
    invalidate(*subjects)
