"""Whatever changes guilds or memberships, the admin and cascades included, drops what the cache knew of them.

Signals, because rows also go by cascade and through forms; they only clear the cache and decide nothing.
"""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from guilds.models import Guild, Membership
from slimy.cache import invalidate
from slimy.generations import EVERYTHING

MANY = 1000  # members; naming more of them to Redis takes longer than loading anew


@receiver([post_save, post_delete], sender=Membership)
def membership_changed(instance: Membership, **kwargs: Any) -> None:
    """The user has other guilds, the guild other members."""
    invalidate(f"user:{instance.user_id}", f"activity:{instance.guild_id}")


@receiver([post_save, post_delete], sender=Guild)
def guild_changed(instance: Guild, **kwargs: Any) -> None:
    """Its name stands in the profiles of its members."""
    members = Membership.objects.filter(guild=instance).values_list("user_id", flat=True)[: MANY + 1]
    if len(members) > MANY:
        invalidate(EVERYTHING)
    else:
        invalidate(f"guild:{instance.pk}", f"activity:{instance.pk}", *(f"user:{pk}" for pk in members))
