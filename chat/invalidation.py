"""What the cache knows of a user's conversations is dropped by every change of them; called where they change."""

from collections.abc import Iterable
from uuid import UUID

from guilds.models import Membership
from slimy.cache import invalidate


def conversation_changed(conversation_id: UUID, owner_id: int) -> None:
    """Drop its pages of messages, the owner's counts and the analytics of the owner's guilds; in the transaction."""
    conversations_changed([(conversation_id, owner_id)])


def conversations_changed(changed: Iterable[tuple[UUID, int]]) -> None:
    """The same for many (conversation, owner), in one statement."""
    conversations, owners = set(), set()
    for conversation_id, owner_id in changed:
        conversations.add(f"conversation:{conversation_id}")
        owners.add(owner_id)
    guilds = Membership.objects.filter(user__in=owners).values_list("guild_id", flat=True).distinct()
    activities = [f"activity:{guild_id}" for guild_id in guilds] if owners else []
    invalidate(*conversations, *(f"chat:{owner_id}" for owner_id in owners), *activities)
