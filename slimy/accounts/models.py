"""Who uses the system: people known to Discord, staff, bots."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A user; `discord_id` is a snowflake (17–20 digits) for those who came from Discord."""

    discord_id = models.BigIntegerField(unique=True, null=True, blank=True, help_text="Discord's id of the user.")
