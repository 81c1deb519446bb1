"""What the cache knows of a user's conversations is dropped by every change of them; called where they change."""

from uuid import UUID

from guilds.models import Membership
from slimy.cache import invalidate


def conversation_changed(conversation_id: UUID, owner_id: int) -> None:
    """Drop its pages of messages, the owner's counts and the analytics of the owner's guilds; in the transaction."""
    guilds = Membership.objects.filter(user=owner_id).values_list("guild_id", flat=True)
    activities = (f"activity:{guild_id}" for guild_id in guilds)
    invalidate(f"conversation:{conversation_id}", f"chat:{owner_id}", *activities)
