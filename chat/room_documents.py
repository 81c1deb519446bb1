"""What is said in guilds' rooms, on the wire."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from slimy.paging import NUMBER, CursorField, Key, PageQuery
from slimy.snowflakes import SnowflakeField, is_snowflake
from slimy.wire import ChoiceField, DigitsField, FlagField, IdField, InstantField, TextField, WireSerializer

NEWEST_SAID_FIRST = Key(position=NUMBER)
ADMIN_GLOBAL = "admin-global"  # the room of the admins of all guilds
COLORS = {  # of a role; they can be read on white and on black
    "admin": "#d14343",
    "club": "#b7791f",
    "member": "#3182ce",
    "bot": "#2f9e68",
    "former": "#7a828c",
}


class RoomField(TextField):
    """A guild's Discord id, or admin-global."""

    pattern = f"^({SnowflakeField.pattern[1:-1]}|{ADMIN_GLOBAL})$"

    def to_internal_value(self, data: Any) -> str:
        """The id or the word."""
        if data != ADMIN_GLOBAL and not is_snowflake(data):
            raise ValidationError(f"Must be a Discord id (17 to 20 digits, as text) or {ADMIN_GLOBAL}.", code="room")
        return str(data)


class GuildMessageData(WireSerializer):
    """Body of `POST /api/chat/<guildId>/messages`."""

    content = TextField(min_length=1, max_length=4000)
    admin_only = FlagField(default=False, help_text="Only admins will read it.")


class SaveGuildMessage(GuildMessageData):
    """Payload of `save_guild_message`."""

    guild_id = RoomField()


class RoomQuery(PageQuery):
    """Query of `GET /api/chat/<guildId>/history`."""

    limit = DigitsField(min_value=1, max_value=100, default=50, help_text="Rows of a page at most.")
    cursor = CursorField(NEWEST_SAID_FIRST, required=False, help_text="`nextCursor` of the page before.")


class AuthorDocument(WireSerializer):
    """Who said something in a room."""

    name = TextField()
    role = ChoiceField(choices=[*COLORS], help_text="In the guild, as it is now; `former` is no longer in it.")
    color = TextField(help_text="Of the role, as CSS writes it.")


class GuildMessageDocument(WireSerializer):
    """A message in a room."""

    id = IdField()
    guild_id = TextField(help_text="Discord's id of the guild, or admin-global.")
    author = AuthorDocument()
    content = TextField()
    admin_only = serializers.BooleanField()
    created_at = InstantField()


class RoomAnswer(WireSerializer):
    """A page of what was said in a room, newest first."""

    ok = serializers.BooleanField()
    messages = GuildMessageDocument(many=True)
    next_cursor = TextField(allow_null=True)
