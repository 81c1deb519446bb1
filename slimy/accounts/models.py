"""Who uses the system: people known to Discord, staff, bots."""

from django.contrib.auth.models import AbstractUser

from slimy.snowflakes import SnowflakeModelField


class User(AbstractUser):
    """A user; those who came from Discord have a `discord_id`."""

    discord_id = SnowflakeModelField(unique=True, null=True, blank=True, help_text="Discord's id of the user.")
