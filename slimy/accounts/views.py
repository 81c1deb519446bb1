"""The accounts API."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from slimy.accounts.profile import PROFILE
from slimy.api import ApiView
from slimy.openapi import reads
from slimy.snowflakes import SnowflakeField
from slimy.wire import TextField, WireSerializer


class UserDocument(WireSerializer):
    """A user; each app adds its part, e.g. `guilds` and `counts`."""

    id = TextField()
    username = TextField()
    discord_id = SnowflakeField(allow_null=True)
    guilds = serializers.ListField(child=serializers.DictField(), required=False)
    counts = serializers.DictField(child=serializers.IntegerField(), required=False)


class UserAnswer(WireSerializer):
    """The caller."""

    ok = serializers.BooleanField()
    user = UserDocument()


class MeView(ApiView):
    """The caller."""

    @reads(UserAnswer)
    def get(self, request: Request) -> Response:
        """Who the token belongs to, with guilds, roles and counts."""
        me = {"id": str(self.user.pk), "username": self.user.username, "discordId": self.user.discord_id}
        return Response({"ok": True, "user": me | PROFILE.of(self.user)})
