"""Who uses the system: people known to Discord, staff, bots."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from slimy.snowflakes import SnowflakeModelField


class User(AbstractUser):
    """A user; those who came from Discord have a `discord_id`."""

    discord_id = SnowflakeModelField(unique=True, null=True, blank=True, help_text="Discord's id of the user.")


class RecoveryCode(models.Model):
    """Opens once in the place of an authenticator app's code; only its hash is kept (second_factor.py)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_of_user")]

    def __str__(self) -> str:
        return f"a recovery code of {self.user}"
