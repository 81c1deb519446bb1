"""Members and their aliases that staff change or delete, cascades included, drop what the cache knew of the club.

Signals, as in guilds/invalidation.py. Scans, corrections and merges write by statement and say so themselves
(clubs/changes.py).
"""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from clubs.models import Member, MemberAlias
from slimy.cache import invalidate


@receiver([post_save, post_delete], sender=Member)
@receiver([post_save, post_delete], sender=MemberAlias)
def member_changed(instance: Member | MemberAlias, **kwargs: Any) -> None:
    """A name stands in the standings, and an alias finds a history."""
    invalidate(f"club:{instance.guild_id}")
