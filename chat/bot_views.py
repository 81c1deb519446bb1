"""The API of the bot and of guilds' rooms."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from chat import examples
from chat.room_documents import NEWEST_SAID_FIRST, GuildMessageData, RoomAnswer, RoomField, RoomQuery
from chat.rooms import history, message_documents, refuse_unless_room, require_room
from chat.serializers import AskBot
from slimy.api import ApiView, body_of
from slimy.jobs.serializers import AcceptedDocument, JobDocument
from slimy.jobs.views import JobStatusView, JobView
from slimy.openapi import ASK_AGAIN, JOB_ID, PREFER, PREFERENCE_APPLIED, accepts_job, reads

ROOM = OpenApiParameter(
    "guild_id",
    {"type": "string", "pattern": RoomField.pattern},
    OpenApiParameter.PATH,
    description="Discord's id of the guild, or admin-global for the room of all admins.",
)


class BotView(JobView):
    """Asking the bot."""

    @accepts_job(AskBot, AcceptedDocument, 404, examples=examples.NEW_QUESTION)
    def post(self, request: Request) -> Response:
        """Ask the bot; with a conversation, prompt and reply become its messages. For members of the guild."""
        return self.accept(request, "chat_bot_interaction", body_of(request))


class BotJobView(JobStatusView):
    """One job of the caller, where the old clients look for it."""

    http_method_names = ["get", "head"]

    @reads(JobDocument, 403, 404, parameters=[JOB_ID, PREFER, PREFERENCE_APPLIED, ASK_AGAIN])
    def get(self, request: Request, job_id: str) -> Response:
        """The same as `/api/chat/db-jobs/<id>`: with `progress` while active, with the reply when completed."""
        response: Response = super().get(request, job_id)
        return response


class GuildMessagesView(JobView):
    """Saying something in a guild's room."""

    @accepts_job(GuildMessageData, AcceptedDocument, 404, parameters=[ROOM], examples=examples.NEW_GUILD_MESSAGE)
    def post(self, request: Request, guild_id: str) -> Response:
        """Say something in the room. For roles club and admin; `adminOnly` and admin-global for admins."""
        refuse_unless_room(guild_id)
        body = body_of(request)
        GuildMessageData(data=body).is_valid(raise_exception=True)
        return self.accept(request, "save_guild_message", {**body, "guildId": guild_id})


class HistoryView(ApiView):
    """What was said in a guild's room."""

    query = RoomQuery

    @reads(RoomAnswer, 403, 404, parameters=[ROOM])
    def get(self, request: Request, guild_id: str) -> Response:
        """A page of the room's messages, newest first. For roles club and admin; `adminOnly` ones for admins."""
        messages = history(guild_id, require_room(self.user, guild_id))
        if "cursor" in self.params:
            messages = messages.filter(position__lt=self.params["cursor"]["position"])
        rows, cursor = NEWEST_SAID_FIRST.page(messages, self.params["limit"])
        return Response({"ok": True, "messages": message_documents(guild_id, rows), "nextCursor": cursor})
